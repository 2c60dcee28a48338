#pragma once

#include <hourglass/autograd/variable.h>

#include <string>

namespace hourglass {

/// Calls visit(node) once for each node that the output was computed from, newest first, the output included.
void for_each_node(const Variable& output, FunctionRef<void(const Node&)> visit);

/// The graph behind the output in Graphviz form (draw it with: dot -Tsvg graph.dot > graph.svg): a box for
/// each op with the shape of its value, an ellipse for each parameter, arrows in the direction of the
/// computation. Constants are not part of a graph.
[[nodiscard]] std::string to_dot(const Variable& output);

}  // namespace hourglass
