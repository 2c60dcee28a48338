#pragma once

#include <hourglass/autograd/variable.h>

namespace hourglass {

struct BackwardOptions {
  /// Record the gradients' own computation, so that they can be differentiated again. Keeps the graph. A
  /// parameter then holds a gradient that holds the parameter: clear_gradient() lets go of both. grad() gives
  /// the gradients to the caller instead.
  bool create_graph = false;
  /// Keep the graph for another backward; otherwise it is freed on the way.
  bool retain_graph = false;
};

/// Adds d loss / d p to the gradient() of every parameter p that the loss was computed from.
///
/// The loss must be a scalar (or have one element). Method: reverse mode (Linnainmaa 1970), nodes in
/// topological order, newest first; no recursion. Throws GradientError if there is nothing to differentiate
/// or the graph was freed by an earlier backward.
///
/// Several threads may run it at once, each over a graph of its own; the graphs may share leaves. What a leaf
/// gets from several threads adds up in the order in which it arrives; for the same bits each time take
/// grad() and add in a fixed order.
void backward(const Variable& loss, BackwardOptions options = {});

/// As above for an output of any shape, from a given gradient dy of that shape:  dp = Σ dy · ∂y/∂p.
void backward(const Variable& output, const Variable& dy, BackwardOptions options = {});

namespace detail {
/// As backward(loss), but the gradient of a leaf with takes_products(leaf) may stay a product; see
/// autograd/fast.
void backward(const Variable& loss, FunctionRef<bool(const Node& leaf)> takes_products);
}  // namespace detail

struct GradOptions {
  bool create_graph = false;
  bool retain_graph = false;
  /// The outputs' gradients dy, one each; ones for scalar outputs where empty.
  std::vector<Variable> output_gradients{};
};

/// The gradients of Σ outputs with respect to each input, a leaf or anything between; nothing is accumulated.
/// An input that the outputs do not depend on gets zeros; an output that depends on no parameter at all
/// throws GradientError, as in backward. Only paths that lead to the inputs are computed.
[[nodiscard]] std::vector<Variable> grad(std::span<const Variable> outputs, std::span<const Variable> inputs,
                                         const GradOptions& options = {});
[[nodiscard]] Variable grad(const Variable& output, const Variable& input, const GradOptions& options = {});
[[nodiscard]] std::vector<Variable> grad(std::initializer_list<Variable> outputs,
                                         std::initializer_list<Variable> inputs,
                                         const GradOptions& options = {});

}  // namespace hourglass
