#include <hourglass/nn/graph.h>

namespace hourglass::nn {

namespace {

// Quotes and backslashes in labels.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::string to_dot(const Graph& graph) {
  std::string nodes, arrows;
  const auto id = [](std::int64_t i) { return std::string("n").append(std::to_string(i)); };
  for (std::int64_t i = 0; i < std::ssize(graph.nodes()); ++i) {
    const GraphNode& node = graph.nodes()[static_cast<std::size_t>(i)];
    std::string label = escaped(node.name);
    if (node.layer) label += "\\n" + escaped(node.layer->describe());
    for (const GraphTensor& t : node.outputs) label += "\\n" + str(t.shape);
    nodes += "  " + id(i) + " [label=\"" + label + "\"" +
             (node.layer ? "" : ", shape=ellipse, style=filled, fillcolor=lightblue") + "];\n";
    for (const GraphEdge& e : node.inputs) arrows += "  " + id(e.node) + " -> " + id(i) + ";\n";
  }
  for (std::size_t i = 0; i < graph.outputs().size(); ++i) {
    std::string name = "output";
    if (graph.outputs().size() > 1) name.append("_").append(std::to_string(i));
    nodes += "  " + name + " [shape=ellipse];\n";
    arrows += "  " + id(graph.outputs()[i].node) + " -> " + name + ";\n";
  }
  return "digraph graph_of_layers {\n  node [shape=box, fontname=\"sans-serif\"];\n" + nodes + arrows + "}\n";
}

}  // namespace hourglass::nn
