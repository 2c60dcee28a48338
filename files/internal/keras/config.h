#pragma once

#include <hourglass/files/internal/keras/network.h>

namespace hourglass::files::keras {

/// A model's configuration as Keras 3 writes it into config.json: objects with module, class_name, config,
/// registered_name and build_config.
[[nodiscard]] Json config_3(const Network& network);

/// The same in the words of Keras 2, which the legacy .h5 and TensorFlow.js have: class_name and config
/// alone, batch_input_shape, alpha, swish.
[[nodiscard]] Json config_2(const Network& network);

}  // namespace hourglass::files::keras
