#pragma once

#include <hourglass/nn/module.h>

#include <concepts>
#include <functional>
#include <string>

namespace hourglass::nn {

class Graph;

/// A table as Keras prints it: each layer with its name and type, the shape of its output for one input of
/// `input_shape` (without the batch axis, shown as None), its number of parameters; then the totals.
///
/// The shapes come from a call on zeros in evaluation mode, so what is shown is what happens; errors of that
/// call pass through.
[[nodiscard]] std::string summary(const Layer& model, const Shape& input_shape, DType dtype = float32);

namespace internal {
std::string summary_by(const Module& model, const std::function<void()>& call);
}

/// The same for a module with a call of another form, which `call` makes with a batch of one:
///     summary(model, [&] { (void)model.loss(zeros({1, 784}), labels); })
template <std::invocable F>
[[nodiscard]] std::string summary(const Module& model, F&& call) {
  return internal::summary_by(model, [&] { (void)call(); });
}

/// The same for a graph, called on zeros of the shapes that its inputs were declared with; beside each layer
/// stands what it is connected to.
[[nodiscard]] std::string summary(const Graph& model);

/// The names, types and numbers of parameters alone: nothing is called.
[[nodiscard]] std::string summary(const Module& model);

}  // namespace hourglass::nn
