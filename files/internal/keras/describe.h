#pragma once

#include <hourglass/files/internal/keras/to_keras.h>

#include <optional>

namespace hourglass::files::keras {

/// A model as Keras's layers, with the extents of all that they give. `input` is the shape of one example,
/// without the batch axis; without it, what the first layer says. Throws DataError for a layer that Keras
/// cannot say, and if the input's shape is needed.
[[nodiscard]] Network describe(nn::Module& model, const std::optional<Dims>& input,
                               const Dialect& dialect = {});

/// The same without extents and input layers, for what only needs to know where the weights are.
[[nodiscard]] Network describe_weights(nn::Module& model);

}  // namespace hourglass::files::keras
