#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>

namespace hourglass {

namespace {

bool older(const NodePtr& a, const NodePtr& b) { return a->tick < b->tick; }

// Nodes that wait for their turn, newest first. An op is younger than its inputs, so when a node's turn comes
// every gradient that flows into it has arrived.
class Queue {
 public:
  ~Queue() {
    for (const NodePtr& node : nodes_) node->pending = NodePtr();  // after an exception
  }
  [[nodiscard]] bool empty() const { return nodes_.empty(); }
  void push(const NodePtr& node) {
    nodes_.push_back(node);
    std::push_heap(nodes_.begin(), nodes_.end(), older);
  }
  NodePtr pop() {
    std::pop_heap(nodes_.begin(), nodes_.end(), older);
    NodePtr node = std::move(nodes_.back());
    nodes_.pop_back();
    return node;
  }

 private:
  std::vector<NodePtr> nodes_;
};

// sum + term; in place where nobody else can see the sum.
NodePtr accumulate(NodePtr sum, const Variable& term) {
  if (!is_recording() && sum->references == 1 && sum->value.storage().is_unique() &&
      sum->value.is_contiguous()) {
    add_in_place(sum->value, term.value());
    return sum;
  }
  return add(Variable(std::move(sum)), term).node();
}

void arrive(Queue& queue, const NodePtr& node, const Variable& gradient) {
  if (node->pending) {
    node->pending = accumulate(std::exchange(node->pending, NodePtr()), gradient);
  } else {
    node->pending = gradient.node();
    queue.push(node);
  }
}

void check_gradient(const Node& node, std::size_t input, const Node& target, const Variable& gradient) {
  if (gradient.shape() != target.value.shape() || gradient.dtype() != target.value.dtype()) {
    throw GradientError(
        "{}: its formula for input {} gave a gradient of shape {} ({}), but the input has shape {} ({})",
        node.op, input, gradient.shape(), name(gradient.dtype()), target.value.shape(),
        name(target.value.dtype()));
  }
  if (tracing() != Tracing::off) detail::trace_gradient(node, input, gradient);
}

bool all_wanted(const Node& node) {
  return std::all_of(node.edges.begin(), node.edges.end(), [](const Edge& e) { return e.input->wanted; });
}

// Gradients of leaves that stay factors.
using LeftFactors = std::vector<std::pair<NodePtr, Factors>>;

Products products_for(const Node& node) {
  const bool left =
      std::any_of(node.edges.begin(), node.edges.end(), [](const Edge& e) { return e.input->takes_factors; });
  return left && tracing() != Tracing::non_finite ? Products::as_factors : Products::multiplied;
}

// Hands the gradient dy of a node on to its inputs.
void propagate(Queue& queue, LeftFactors& left, const NodePtr& node, Variable dy) {
  const Variable y(node);
  const detail::FormulasOf guard(*node);
  const auto hand_on = [&](const Edge& edge, const Variable& dx) {
    check_gradient(*node, edge.position, *edge.input, dx);
    arrive(queue, edge.input, dx);
  };
  if (node->all_at_once && !is_recording() && all_wanted(*node)) {
    Gradients all = node->all_at_once(dy, y, products_for(*node));
    for (const Edge& edge : node->edges) {
      auto& gradient = all.at(edge.position);
      auto* const factors = std::get_if<Factors>(&gradient);
      if (factors && edge.input->takes_factors) {
        left.emplace_back(edge.input, std::move(*factors));
      } else {
        hand_on(edge, factors ? factors->product() : std::get<Tensor>(std::move(gradient)));
      }
    }
    return;
  }
  if (node->before) dy = node->before(dy, y);
  for (const Edge& edge : node->edges) {
    if (edge.input->wanted) hand_on(edge, edge.gradient(dy, y));
  }
}

void expect_graph(const Node& node) {
  if (!node.freed) return;
  throw GradientError(
      "backward: the graph of '{}' was freed by an earlier backward; pass {.retain_graph = true} to that one",
      node.op);
}

void check_seed(const Variable& output, const Variable& dy) {
  if (dy.shape() != output.shape() || dy.dtype() != output.dtype()) {
    throw GradientError("backward: the output has shape {} ({}), but its gradient {} ({})", output.shape(),
                        name(output.dtype()), dy.shape(), name(dy.dtype()));
  }
}

Variable one_for(const Variable& output) {
  if (output.size() != 1) {
    throw GradientError(
        "backward: the output has shape {}, not one element; reduce it (sum, mean) or give its gradient",
        output.shape());
  }
  return full(output.shape(), 1.0, output.dtype());
}

struct Run {
  bool create_graph, retain_graph;
};

// Walks from the seeded nodes to the leaves; at_node(node, dy) sees each on the way. Returns what was left.
template <class AtNode>
LeftFactors walk(Queue& queue, Run run, AtNode&& at_node) {
  LeftFactors left;
  const detail::SetRecording recording(run.create_graph);
  while (!queue.empty()) {
    const NodePtr node = queue.pop();
    Variable dy(std::exchange(node->pending, NodePtr()));
    at_node(node, dy);
    if (node->is_leaf()) continue;
    expect_graph(*node);
    propagate(queue, left, node, std::move(dy));
    if (!run.create_graph && !run.retain_graph) {
      node->edges.clear();
      node->before = Formula();
      node->all_at_once = AllAtOnce();
      node->freed = true;
    }
  }
  return left;
}

// Marks the nodes from which one of the targets can be reached; the others need no gradient.
class WantedPaths {
 public:
  WantedPaths(std::span<const Variable> outputs, std::span<const Variable> targets) {
    std::vector<NodePtr> heap;
    const auto visit = [&](const NodePtr& node) {
      if (!node->wanted) return;  // seen before
      node->wanted = false;
      heap.push_back(node);
      std::push_heap(heap.begin(), heap.end(), older);
    };
    for (const Variable& output : outputs) visit(output.node());
    while (!heap.empty()) {
      std::pop_heap(heap.begin(), heap.end(), older);
      nodes_.push_back(std::move(heap.back()));
      heap.pop_back();
      for (const Edge& edge : nodes_.back()->edges) visit(edge.input);
    }
    for (const Variable& target : targets) target.node()->wanted = true;
    std::for_each(nodes_.rbegin(), nodes_.rend(), [](const NodePtr& node) {  // oldest first
      for (const Edge& edge : node->edges) node->wanted = node->wanted || edge.input->wanted;
    });
  }
  ~WantedPaths() {
    for (const NodePtr& node : nodes_) node->wanted = true;
  }
  WantedPaths(const WantedPaths&) = delete;
  WantedPaths& operator=(const WantedPaths&) = delete;

 private:
  std::vector<NodePtr> nodes_;
};

}  // namespace

void backward(const Variable& loss, BackwardOptions options) { backward(loss, one_for(loss), options); }

void backward(const Variable& output, const Variable& dy, BackwardOptions options) {
  if (!output.requires_grad()) {
    throw GradientError(
        "backward: the output depends on no parameter (all inputs are constants, frozen, or recording was "
        "off)");
  }
  check_seed(output, dy);
  expect_graph(*output.node());
  Queue queue;
  arrive(queue, output.node(), dy);
  const auto add_to = [](const NodePtr& leaf, const Variable& gradient) {
    if (leaf->factors) (void)Variable(leaf).gradient();  // multiplies them
    leaf->gradient =
        leaf->gradient ? accumulate(std::exchange(leaf->gradient, NodePtr()), gradient) : gradient.node();
  };
  LeftFactors left = walk(queue, {options.create_graph, options.retain_graph},
                          [&](const NodePtr& node, const Variable& gradient) {
                            if (node->is_leaf()) add_to(node, gradient);
                          });
  for (auto& [leaf, factors] : left) {
    if (leaf->gradient || leaf->factors) {
      add_to(leaf, factors.product());
    } else {
      leaf->factors = std::make_unique<Factors>(std::move(factors));
    }
  }
}

void backward_to_factors(const Variable& loss, std::span<const NamedParameter> parameters) {
  struct Takers {
    explicit Takers(std::span<const NamedParameter> parameters) : all(parameters) { set(true); }
    ~Takers() { set(false); }
    Takers(const Takers&) = delete;
    Takers& operator=(const Takers&) = delete;
    void set(bool takes) const {
      for (const NamedParameter& p : all) p.variable.node()->takes_factors = takes && p.variable.is_leaf();
    }
    std::span<const NamedParameter> all;
  };
  const Takers takers(parameters);
  backward(loss);
}

std::vector<Variable> grad(std::span<const Variable> outputs, std::span<const Variable> inputs,
                           const GradOptions& options) {
  const auto& seeds = options.output_gradients;
  if (!seeds.empty() && seeds.size() != outputs.size()) {
    throw GradientError("grad: {} outputs, but {} output_gradients", outputs.size(), seeds.size());
  }
  for (const Variable& input : inputs) {
    if (!input.requires_grad())
      throw GradientError("grad: an input of shape {} is a constant; make it a Variable::parameter",
                          input.shape());
  }
  const WantedPaths paths(outputs, inputs);
  Queue queue;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Variable dy = seeds.empty() ? one_for(outputs[i]) : seeds[i];
    check_seed(outputs[i], dy);
    expect_graph(*outputs[i].node());
    if (outputs[i].requires_grad() && outputs[i].node()->wanted) arrive(queue, outputs[i].node(), dy);
  }
  std::vector<std::optional<Variable>> found(inputs.size());
  (void)walk(queue, {options.create_graph, options.retain_graph},
             [&](const NodePtr& node, const Variable& gradient) {
               for (std::size_t i = 0; i < inputs.size(); ++i) {
                 if (inputs[i].node() == node) found[i] = gradient;
               }
             });
  std::vector<Variable> gradients;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    gradients.push_back(found[i] ? *found[i] : Variable(zeros(inputs[i].shape(), inputs[i].dtype())));
  }
  return gradients;
}

Variable grad(const Variable& output, const Variable& input, const GradOptions& options) {
  return grad(std::span(&output, 1), std::span(&input, 1), options).front();
}

std::vector<Variable> grad(std::initializer_list<Variable> outputs, std::initializer_list<Variable> inputs,
                           const GradOptions& options) {
  return grad(std::span(outputs.begin(), outputs.size()), std::span(inputs.begin(), inputs.size()), options);
}

}  // namespace hourglass
