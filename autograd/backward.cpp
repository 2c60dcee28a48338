#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory_resource>
#include <unordered_set>

namespace hourglass {

namespace {

// Nodes that wait for their turn with the sum of the gradients that have arrived, newest first. An op is
// newer than its inputs, so when a node's turn comes every gradient that flows into it has arrived: the order
// of making is a topological order.
class Queue {
 public:
  struct Entry {
    NodePtr node;
    Gradient dy;
  };
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  void add(const NodePtr& node, Gradient dy) {
    waiting_.try_emplace(node->tick, Entry{node, {}}).first->second.dy.add(std::move(dy));
  }
  Entry take_newest() { return std::move(waiting_.extract(waiting_.begin()).mapped()); }

 private:
  std::array<std::byte, 4096> room_;  // for the first fifty nodes, without the allocator
  std::pmr::monotonic_buffer_resource memory_{room_.data(), room_.size()};
  std::pmr::map<std::uint64_t, Entry, std::greater<>> waiting_{&memory_};
};

// What a walk asks for; all that it has to know beside the graph, so that several threads can walk over
// graphs that share leaves.
struct Walk {
  bool create_graph, retain_graph;
  FunctionRef<bool(const Node&)> wants;           // whether a node needs its gradient
  FunctionRef<bool(const Node&)> takes_products;  // whether a leaf's may stay a product
};

bool always(const Node& /*node*/) { return true; }
bool never(const Node& /*node*/) { return false; }

void check_gradient(const Node& node, std::size_t input, const Node& target, Gradient& gradient) {
  if (gradient.product()) return;
  const Variable value(gradient.value());
  if (value.shape() != target.value.shape() || value.dtype() != target.value.dtype()) {
    throw GradientError(
        "{}: its formula for input {} gave a gradient of shape {} ({}), but the input has shape {} ({}); a "
        "formula given to record() must return the shape and type of its input",
        node.op, input, value.shape(), name(value.dtype()), target.value.shape(), name(target.value.dtype()));
  }
  if (tracing() != Tracing::off) detail::trace_gradient(node, input, value);
}

// What the fast path gives of what is wanted; nothing where gradients are recorded.
Gradients fast_gradients(const Node& node, const Variable& dy, const Variable& y, const Walk& walk) {
  if (!node.fast || is_recording()) return {};
  Wanted wanted;
  for (const Edge& edge : node.edges) {
    const auto bit = static_cast<std::uint8_t>(1U << edge.position);
    if (walk.wants(*edge.input)) wanted.inputs |= bit;
    if (edge.input->is_leaf() && tracing() != Tracing::non_finite && walk.takes_products(*edge.input))
      wanted.products |= bit;
  }
  return node.fast(dy, y, wanted);
}

// The chain rule: hands the gradient dy of a node on to its inputs, dx = formula(dy, y).
void hand_on(const NodePtr& node, Variable dy, const Walk& walk, Queue& queue) {
  const Variable y(node);
  const detail::FormulasOf guard(*node);
  Gradients fast = fast_gradients(*node, dy, y, walk);
  bool is_first = true;
  for (const Edge& edge : node->edges) {
    if (!walk.wants(*edge.input)) continue;
    Gradient dx = edge.position < fast.size() ? std::move(fast.at(edge.position)) : Gradient();
    if (!dx) {
      if (is_first && node->slope) dy = node->slope(dy, y);
      is_first = false;
      dx = edge.gradient(dy, y);
    }
    check_gradient(*node, edge.position, *edge.input, dx);
    queue.add(edge.input, std::move(dx));
  }
}

void expect_graph(const Node& node) {
  if (!node.freed) return;
  throw GradientError(
      "backward: the graph of '{}' was freed by an earlier backward; pass {.retain_graph = true} to that one",
      node.op);
}

// Reverse mode: from the outputs to the leaves, newest first. arrived(node, dy) sees each node when its
// gradient is complete.
template <class Arrived>
void run(Queue& queue, const Walk& walk, Arrived arrived) {
  const detail::SetRecording recording(walk.create_graph);
  while (!queue.empty()) {
    auto [node, dy] = queue.take_newest();
    arrived(node, dy);
    if (node->is_leaf()) continue;
    expect_graph(*node);
    Variable whole(dy.value());
    dy = Gradient();  // the only handle is the one that is handed on: a fast path may compute in its memory
    hand_on(node, std::move(whole), walk, queue);
    if (!walk.create_graph && !walk.retain_graph) node->free_history();
  }
}

void expect_output(const char* op, const Variable& output) {
  if (output.requires_grad()) return;
  throw GradientError(
      "{}: the output of shape {} depends on no parameter (all inputs are constants, frozen, or recording "
      "was off); make one a Variable::parameter, thaw it, or leave no_grad",
      op, output.shape());
}

void check_seed(const Variable& output, const Variable& dy) {
  if (dy.shape() != output.shape() || dy.dtype() != output.dtype()) {
    throw GradientError(
        "backward: the output has shape {} ({}), but its gradient {} ({}); the two must agree, as "
        "ones_like(output) does",
        output.shape(), name(output.dtype()), dy.shape(), name(dy.dtype()));
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

void add_to_leaves(const Variable& output, const Variable& dy, const Walk& walk) {
  expect_output("backward", output);
  check_seed(output, dy);
  expect_graph(*output.node());
  Queue queue;
  queue.add(output.node(), dy);
  run(queue, walk, [](const NodePtr& node, Gradient& gradient) {
    if (node->is_leaf()) node->gradient.add(std::move(gradient));
  });
}

// The nodes on a path from the outputs to one of the targets.
std::unordered_set<const Node*> paths_to(std::span<const Variable> targets,
                                         std::span<const Variable> outputs) {
  std::unordered_set<const Node*> on_path;
  for (const Variable& target : targets) on_path.insert(target.node().get());
  std::map<std::uint64_t, const Node*> waiting;
  std::vector<const Node*> reached;  // newest first
  for (const Variable& output : outputs) waiting.emplace(output.node()->tick, output.node().get());
  while (!waiting.empty()) {
    reached.push_back(waiting.extract(std::prev(waiting.end())).mapped());
    for (const Edge& edge : reached.back()->edges) waiting.emplace(edge.input->tick, edge.input.get());
  }
  std::for_each(reached.rbegin(), reached.rend(), [&](const Node* node) {
    const auto leads_on = [&](const Edge& edge) { return on_path.contains(edge.input.get()); };
    if (std::any_of(node->edges.begin(), node->edges.end(), leads_on)) on_path.insert(node);
  });
  return on_path;
}

}  // namespace

void backward(const Variable& loss, BackwardOptions options) {
  expect_output("backward", loss);
  backward(loss, one_for(loss), options);
}

void backward(const Variable& output, const Variable& dy, BackwardOptions options) {
  add_to_leaves(output, dy, {options.create_graph, options.retain_graph, always, never});
}

void detail::backward(const Variable& loss, FunctionRef<bool(const Node&)> takes_products) {
  expect_output("backward", loss);
  add_to_leaves(loss, one_for(loss), {false, false, always, takes_products});
}

std::vector<Variable> grad(std::span<const Variable> outputs, std::span<const Variable> inputs,
                           const GradOptions& options) {
  const auto& seeds = options.output_gradients;
  if (!seeds.empty() && seeds.size() != outputs.size()) {
    throw GradientError("grad: {} outputs, but {} output_gradients; give one for each output, or none",
                        outputs.size(), seeds.size());
  }
  for (const Variable& input : inputs) {
    if (!input.requires_grad())
      throw GradientError("grad: an input of shape {} is a constant; make it a Variable::parameter",
                          input.shape());
  }
  for (const Variable& output : outputs) expect_output("grad", output);
  const auto on_path = paths_to(inputs, outputs);
  const auto wants = [&](const Node& node) { return on_path.contains(&node); };
  Queue queue;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Variable dy = seeds.empty() ? one_for(outputs[i]) : seeds[i];
    check_seed(outputs[i], dy);
    expect_graph(*outputs[i].node());
    if (wants(*outputs[i].node())) queue.add(outputs[i].node(), dy);
  }
  std::vector<std::optional<Variable>> found(inputs.size());
  run(queue, {options.create_graph, options.retain_graph, wants, never},
      [&](const NodePtr& node, Gradient& gradient) {
        for (std::size_t i = 0; i < inputs.size(); ++i) {
          if (inputs[i].node() == node) found[i] = Variable(gradient.value());
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
