#pragma once

#include <hourglass/nn/module.h>

#include <string>

namespace hourglass::nn {

/// A table as Keras prints it: each layer with its name and type, the shape of its output for one input of
/// `input_shape` (without the batch axis, shown as None), its number of parameters; then the totals.
///
/// The shapes come from a call on zeros in evaluation mode, so what is shown is what happens; errors of that
/// call pass through.
[[nodiscard]] std::string summary(Layer& model, const Shape& input_shape, DType dtype = float32);

}  // namespace hourglass::nn
