#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/graph.h>
#include <hourglass/nn/summary.h>
#include <hourglass/tensor/ops/factory.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace hourglass::nn {

namespace {

class OutputShapes final : public LayerObserver {
 public:
  void on_output(const Module& module, const Variable& y) override {
    shapes_.insert_or_assign(&module, y.shape());
  }

  // "(None, 64)"; of a module that does not give one tensor, or has no part in the call, nothing is known.
  [[nodiscard]] std::string text(const Module* module) const {
    const auto found = shapes_.find(module);
    if (found == shapes_.end()) return "(not called)";
    std::string out = "(None";
    for (int axis = 1; axis < found->second.rank(); ++axis) out += ", " + std::to_string(found->second[axis]);
    return out + ")";
  }

 private:
  std::map<const Module*, Shape> shapes_;
};

struct Line {
  std::string title, shape, count, connected{};
};

// What the layers of all graphs in a model are connected to, as Keras writes it: "dense[0][0]", the first
// output of the first call of a layer.
std::map<const Module*, std::string> connections_in(Module& model) {
  std::map<const Module*, std::string> out;
  for (const NamedModule& m : modules(model)) {
    const auto* const graph = dynamic_cast<const Graph*>(m.module);
    if (!graph) continue;
    for (const GraphNode& node : graph->nodes()) {
      if (!node.layer) continue;
      std::string& text = out[node.layer];
      for (const GraphEdge& e : node.inputs) {
        const GraphNode& from = graph->nodes()[static_cast<std::size_t>(e.node)];
        text += fmt::format("{}{}[{}][{}]", text.empty() ? "" : ", ", from.name, from.call, e.output);
      }
    }
  }
  return out;
}

std::string shapes_of(const GraphNode& node) {
  std::string out;
  for (const GraphTensor& t : node.outputs) out += (out.empty() ? "" : ", ") + str(t.shape);
  return out;
}

// The declared shapes of a graph, which say None where an extent may be any; and its inputs, which are no
// modules.
void add_graph(const Graph& graph, std::map<const Module*, std::string>& shapes, std::vector<Line>& lines) {
  for (const std::int64_t i : graph.inputs()) {
    const GraphNode& node = graph.nodes()[static_cast<std::size_t>(i)];
    lines.push_back({node.name + " (input)", shapes_of(node), "0"});
  }
  for (const GraphNode& node : graph.nodes()) {
    if (node.layer) shapes.try_emplace(node.layer, shapes_of(node));
  }
}

struct Counts {
  std::int64_t trainable = 0, frozen = 0;
  [[nodiscard]] std::int64_t all() const { return trainable + frozen; }
};

// Numbers in parameters and in saved state (running statistics): of one module alone, or of all inside too.
class Counting final : public Visitor {
 public:
  explicit Counting(bool inside) : inside_(inside) {}
  Counts counts;

 private:
  void on_parameter(const std::string&, Variable& p) override {
    if (!seen_.insert(p.node().get()).second) return;
    (p.requires_grad() ? counts.trainable : counts.frozen) += p.size();
  }
  void on_state(const std::string&, Tensor& state) override {
    if (seen_.insert(&state).second) counts.frozen += state.size();
  }
  bool on_module(const std::string& path, Module&) override { return inside_ || path.empty(); }

  bool inside_;
  std::set<const void*> seen_;
};

Counts count(Module& module, bool inside) {
  Counting visitor(inside);
  visitor("", module);
  return visitor.counts;
}

// A module without modules inside: what gets a line of its own.
bool is_leaf(Module& module) { return modules(module).size() == 1; }

// 1234567 -> "1,234,567", as Keras writes counts.
std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

// Keras's table, its columns as wide as what stands in them; without shapes that column is left out.
std::string table(const std::string& title, const std::vector<Line>& lines, const Counts& total,
                  bool with_shapes) {
  std::size_t names = 33, shapes = with_shapes ? 23 : 0, counts = 10, connected = 0;
  for (const Line& line : lines) {
    connected = std::max(connected, line.connected.size());
    names = std::max(names, line.title.size());
    shapes = std::max(shapes, line.shape.size());
    counts = std::max(counts, line.count.size());
  }
  if (connected > 0) connected = std::max<std::size_t>(connected, 12) + 1;
  const auto row = [&](const Line& line) {
    std::string out = fmt::format(" {:<{}} ", line.title, names);
    if (with_shapes) out += fmt::format("{:<{}} ", line.shape, shapes);
    if (line.connected.empty()) return out + line.count + "\n";
    return out + fmt::format("{:<{}} {}\n", line.count, counts, line.connected);
  };
  const std::string rule(names + shapes + counts + 3 + connected, '='), thin(rule.size(), '_');
  std::string out = fmt::format("Model: \"{}\"\n{}\n", title, thin);
  out += row({"Layer (type)", "Output Shape", "Param #", connected > 0 ? "Connected to" : ""}) + rule + "\n";
  for (const Line& line : lines) out += row(line);
  out += fmt::format("{}\nTotal params: {}\nTrainable params: {}\nNon-trainable params: {}\n{}\n", rule,
                     grouped(total.all()), grouped(total.trainable), grouped(total.frozen), thin);
  return out;
}

// One line for each leaf, for what has parameters of its own, and for a graph's inputs. What a container is
// connected to stands beside its first leaf.
std::string table_of(Module& model, const OutputShapes* shapes) {
  std::vector<Line> lines;
  std::map<const Module*, std::string> declared;
  if (const auto* const graph = dynamic_cast<const Graph*>(&model)) add_graph(*graph, declared, lines);
  const std::map<const Module*, std::string> connections = connections_in(model);
  std::string connected;
  for (const NamedModule& m : modules(model)) {
    if (const auto at = connections.find(m.module); at != connections.end()) connected = at->second;
    const Counts own = count(*m.module, false);
    if (!is_leaf(*m.module) && own.all() == 0) continue;
    const auto shape = declared.find(m.module);
    lines.push_back({fmt::format("{} ({})", m.name.empty() ? "model" : m.name, m.module->describe()),
                     !shapes                   ? ""
                     : shape != declared.end() ? shape->second
                                               : shapes->text(m.module),
                     grouped(own.all()), std::exchange(connected, "")});
  }
  return table(model.type_name(), lines, count(model, true), shapes != nullptr);
}

}  // namespace

// A const model is called too: evaluation changes nothing but the mode, which is put back.
std::string internal::summary_by(const Module& model, const std::function<void()>& call) {
  auto& called = const_cast<Module&>(model);
  OutputShapes shapes;
  {
    const Evaluating evaluating(called);
    call();
  }
  return table_of(called, &shapes);
}

std::string summary(const Layer& model, const Shape& input_shape, DType dtype) {
  auto& called = const_cast<Layer&>(model);
  return internal::summary_by(model, [&] { (void)called(zeros(input_shape.insert(0, 1), dtype)); });
}

std::string summary(const Graph& model) {
  constexpr std::int64_t kTried = 64;  // for extents that may be any
  auto& called = const_cast<Graph&>(model);
  std::vector<Variable> x;
  for (const std::int64_t i : model.inputs()) {
    const GraphTensor& in = model.nodes()[static_cast<std::size_t>(i)].outputs[0];
    std::vector<std::int64_t> extents{1};
    for (const std::int64_t extent : in.shape) extents.push_back(extent == -1 ? kTried : extent);
    x.emplace_back(zeros(Shape(extents), in.dtype));
  }
  return internal::summary_by(model, [&] { (void)called(x); });
}

std::string summary(const Module& model) { return table_of(const_cast<Module&>(model), nullptr); }

}  // namespace hourglass::nn
