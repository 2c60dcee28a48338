#pragma once

#include <hourglass/autograd/variable.h>

#include <string>
#include <type_traits>

namespace hourglass {

namespace detail {
void walk_graph(const Variable& output, void (*visit)(void*, const Node&), void* context);
}

/// Calls f(node) once for each node that the output was computed from, newest first, the output included.
template <class F>
void for_each_node(const Variable& output, F&& f) {
  detail::walk_graph(
      output,
      [](void* context, const Node& node) { (*static_cast<std::remove_reference_t<F>*>(context))(node); },
      const_cast<void*>(static_cast<const void*>(&f)));
}

/// The graph behind the output in Graphviz form (draw it with: dot -Tsvg graph.dot > graph.svg): a box for
/// each op with the shape of its value, an ellipse for each parameter, arrows in the direction of the
/// computation. Constants are not part of a graph.
[[nodiscard]] std::string to_dot(const Variable& output);

}  // namespace hourglass
