#include <hourglass/autograd/graph.h>

#include <queue>
#include <unordered_map>
#include <unordered_set>

namespace hourglass {

void for_each_node(const Variable& output, FunctionRef<void(const Node&)> visit) {
  const auto older = [](const Node* a, const Node* b) { return a->tick < b->tick; };
  std::priority_queue<const Node*, std::vector<const Node*>, decltype(older)> queue(older);
  std::unordered_set<const Node*> seen{output.node().get()};
  queue.push(output.node().get());
  while (!queue.empty()) {
    const Node* const node = queue.top();
    queue.pop();
    visit(*node);
    for (const Edge& edge : node->edges) {
      if (seen.insert(edge.input.get()).second) queue.push(edge.input.get());
    }
  }
}

std::string to_dot(const Variable& output) {
  std::unordered_map<const Node*, std::string> names;
  std::string nodes, arrows;
  const auto name_of = [&](const Node* node) -> const std::string& {
    return names.try_emplace(node, std::to_string(names.size()).insert(0, 1, 'n')).first->second;
  };
  for_each_node(output, [&](const Node& node) {
    const std::string label =
        std::string(node.is_leaf() ? "parameter" : node.op) + "\\n" + node.value.shape().str();
    nodes += "  " + name_of(&node) + " [label=\"" + label + "\"" +
             (node.is_leaf() ? ", shape=ellipse, style=filled, fillcolor=lightblue" : "") + "];\n";
    for (const Edge& edge : node.edges)
      arrows += "  " + name_of(edge.input.get()) + " -> " + name_of(&node) + ";\n";
  });
  return "digraph graph_of_the_loss {\n  node [shape=box, fontname=\"sans-serif\"];\n" + nodes + arrows +
         "}\n";
}

}  // namespace hourglass
