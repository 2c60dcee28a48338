#include <hourglass/autograd/graph.h>
#include <hourglass/nn/check.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>

namespace hourglass::nn {

void check_parameters_listed(const Variable& loss, Module& model, std::uint64_t since) {
  const std::vector<NamedParameter> listed = parameters(model);
  std::string missing;
  for_each_node(loss, [&](const Node& node) {
    for (const Edge& edge : node.edges) {
      const Node* const leaf = edge.input.get();
      const auto is_leaf = [&](const NamedParameter& p) { return p.variable.node().get() == leaf; };
      if (!leaf->is_leaf() || leaf->tick >= since || std::any_of(listed.begin(), listed.end(), is_leaf))
        continue;
      missing += "\n  a parameter of shape " + leaf->value.shape().str() + ", used by '" + node.op + "'";
      if (node.layer && !node.layer->empty()) missing += " in " + *node.layer;
    }
  });
  if (missing.empty()) return;
  throw GradientError(
      "{}: the loss depends on parameters that visit() does not list, so they would be neither trained nor "
      "saved:{}\nname each member in visit(nn::Visitor& v): v(\"member\", member)",
      model.describe(), missing);
}

}  // namespace hourglass::nn
