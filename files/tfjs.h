#pragma once

#include <hourglass/nn/module.h>

#include <optional>
#include <string>
#include <vector>

namespace hourglass::files {

/// Writes a model for TensorFlow.js, where `await tf.loadLayersModel('model.json')` opens it: a folder, which
/// is made, with `model.json` (the layers format, in Keras's words) and `weights.bin`.
///
/// Models, `example` and errors are those of save_keras. What TensorFlow.js has not is said otherwise where
/// it can be: a dilated ConvTranspose2D by a larger kernel with zeros in it, bilinear UpSampling2D, whose
/// pixels lie elsewhere there, by products with fixed kernels, SpatialDropout2D by Dropout, keepdims by a
/// Reshape. Throws DataError also for float64, output_padding, Subtract, and exp as an activation.
void save_tfjs(const std::string& folder, nn::Module& model,
               const std::optional<std::vector<std::int64_t>>& example = {});

}  // namespace hourglass::files
