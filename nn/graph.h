#pragma once

#include <hourglass/nn/symbolic.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::nn {

/// One of the tensors that a node of a graph gives.
struct GraphEdge {
  std::int64_t node = 0, output = 0;
  friend bool operator==(const GraphEdge&, const GraphEdge&) = default;
};
template <class V>
void visit(GraphEdge& e, V&& v) {
  v("node", e.node), v("output", e.output);
}

/// What it is like.
struct GraphTensor {
  ExampleShape shape{};  // without the batch axis; −1 for any extent
  DType dtype = float32;
};
template <class V>
void visit(GraphTensor& t, V&& v) {
  v("shape", t.shape), v("dtype", t.dtype);
}

/// A call of a layer, or an input.
struct GraphNode {
  std::string name{};      // the layer's or the input's; a layer that is called twice has two nodes
  std::int64_t call = 0;   // which of its layer's calls this is, Keras's node index
  Layer* layer = nullptr;  // null for an input
  std::vector<GraphEdge> inputs{};
  std::vector<GraphTensor> outputs{};
};

/// What a Graph can be made of again, with its layers by name.
struct GraphConfig {
  struct Node {
    std::string name{};
    std::vector<GraphEdge> inputs{};  // of nodes before this one; none for an input
    std::vector<GraphTensor> outputs{};
    template <class V>
    friend void visit(Node& n, V&& v) {
      v("name", n.name), v("inputs", n.inputs), v("outputs", n.outputs);
    }
  };
  std::vector<Node> nodes{};
  std::vector<std::int64_t> inputs{};  // their nodes
  std::vector<GraphEdge> outputs{};
};
template <class V>
void visit(GraphConfig& c, V&& v) {
  v("nodes", c.nodes), v("inputs", c.inputs), v("outputs", c.outputs);
}

/// Layers with any connections that make no cycle, Keras's functional Model; several inputs and outputs,
/// branches that join again, layers that are called in several places.
///
///     const auto x = nn::input({784}, {.name = "image"});
///     const auto h = x.then(nn::Dense(784, 64, {.activation = relu}));
///     const auto code = h.then({"code", nn::Dense(64, 8)});
///     nn::Graph model({x}, {code, nn::concatenate({code, h})});
///     const std::vector<Variable> y = model({batch});
///
/// With one input and one output it is a Layer as any other, for a Sequential or the half of an autoencoder:
/// graph(x). A layer without a name of its own is called by its type, "dense", "dense_1", in the order of the
/// calls. It trains, is frozen, cloned, saved and summarised as any module; layers that other graphs are made
/// of too are shared with them.
class Graph final : public MultiLayer {
 public:
  /// Throws DataError if an output needs an input that is not listed, no output needs one that is, two
  /// different layers have one name, or a name is none that a file can hold. What is listed as an input may
  /// be a layer's output: the graph begins there.
  Graph(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs);
  /// The same again: what config() gave, and the layers, each under its name. Throws DataError for a
  /// description that is not of a graph, and for layers that are missing, not in it or named twice.
  Graph(const GraphConfig& config, const std::vector<Part>& layers);

  Graph(Graph&&) noexcept = default;
  Graph& operator=(Graph&&) = default;
  Graph(const Graph& other);  // for clone()
  Graph& operator=(const Graph&) = delete;
  ~Graph() override = default;

  /// One tensor for each output, of one for each input. Throws DataError for another number, ShapeError for a
  /// shape that the input was not declared with.
  std::vector<Variable> call(const std::vector<Variable>& x) override;
  void visit(Visitor& v) override;
  [[nodiscard]] std::string details() const override;  // "2 inputs, 1 output, 7 layers"

  /// All nodes, each after those that it takes its inputs from.
  [[nodiscard]] const std::vector<GraphNode>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<std::int64_t>& inputs() const { return inputs_; }
  [[nodiscard]] const std::vector<GraphEdge>& outputs() const { return outputs_; }

  /// A layer by its name. Throws IndexError.
  [[nodiscard]] Layer& operator[](std::string_view name) const;
  /// The same as the type that it has; throws DataError if it is another.
  template <std::derived_from<Layer> L>
  [[nodiscard]] L& get(std::string_view name) const {
    auto* const layer = dynamic_cast<L*>(&(*this)[name]);
    if (!layer) refuse_type(name, internal::type_name(typeid(L)));
    return *layer;
  }

  using Config = GraphConfig;
  [[nodiscard]] Config config() const;

 private:
  [[noreturn]] void refuse_type(std::string_view name, const std::string& wanted) const;
  class Tracer;
  explicit Graph(const Tracer& traced);
  struct Assembly;
  void add_node(const GraphConfig::Node& node, bool is_input, Assembly& by);
  void find_last_uses();
  void expect_input(std::size_t i, const Variable& x) const;

  std::vector<Part> layers_;  // each once, under its name
  std::vector<GraphNode> nodes_;
  std::vector<std::int64_t> inputs_;
  std::vector<GraphEdge> outputs_;
  std::vector<std::int64_t> last_uses_;  // by node: the node after which its value is not needed
};

/// The graph in Graphviz form (draw it with: dot -Tsvg graph.dot > graph.svg): a box for each call of a layer
/// with its name, type and the shape that it gives, an ellipse for each input and output.
[[nodiscard]] std::string to_dot(const Graph& graph);

}  // namespace hourglass::nn
