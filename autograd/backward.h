#pragma once

#include <hourglass/autograd/variable.h>

namespace hourglass {

struct BackwardOptions {
  /// Record the gradients' own computation, so that they can be differentiated again. Keeps the graph.
  bool create_graph = false;
  /// Keep the graph for another backward; otherwise it is freed on the way.
  bool retain_graph = false;
};

/// Adds d loss / d p to the gradient() of every parameter p that the loss was computed from.
///
/// The loss must be a scalar (or have one element). Method: reverse accumulation in the order of recording,
/// newest first (Linnainmaa 1970); no recursion. Throws GradientError if there is nothing to differentiate or
/// the graph was freed by an earlier backward.
void backward(const Variable& loss, BackwardOptions options = {});

/// As above for an output of any shape, from a given gradient dy of that shape:  dp = Σ dy · ∂y/∂p.
void backward(const Variable& output, const Variable& dy, BackwardOptions options = {});

/// As backward(loss), for an optimizer that will step at once: where the gradient of one of `parameters` is a
/// product, such as dW = Xᵀ dZ of a dense layer's kernel, it is left as its factors (Variable::factors) and
/// not multiplied before somebody asks for gradient().
void backward_to_factors(const Variable& loss, std::span<const NamedParameter> parameters);

struct GradOptions {
  bool create_graph = false;
  bool retain_graph = false;
  /// The outputs' gradients dy, one each; ones for scalar outputs where empty.
  std::vector<Variable> output_gradients{};
};

/// The gradients of Σ outputs with respect to each input, a leaf or anything between; nothing is accumulated.
/// An input that the outputs do not depend on gets zeros. Only paths that lead to the inputs are computed.
[[nodiscard]] std::vector<Variable> grad(std::span<const Variable> outputs, std::span<const Variable> inputs,
                                         const GradOptions& options = {});
[[nodiscard]] Variable grad(const Variable& output, const Variable& input, const GradOptions& options = {});
[[nodiscard]] std::vector<Variable> grad(std::initializer_list<Variable> outputs,
                                         std::initializer_list<Variable> inputs,
                                         const GradOptions& options = {});

}  // namespace hourglass
