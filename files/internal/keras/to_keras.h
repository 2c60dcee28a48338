#pragma once

#include <hourglass/files/internal/keras/network.h>

#include <vector>

namespace hourglass::files::keras {

/// What some readers do not have, and whether layers are written so that they are not needed.
struct Dialect {
  const char* name = "Keras";            // in errors
  bool has_keepdims = true;              // GlobalAveragePooling2D; else a Reshape follows
  bool has_dilated_transpose = true;     // Conv2DTranspose; else the kernel is written out with zeros
  bool has_output_padding = true;        // Conv2DTranspose
  bool has_spatial_dropout = true;       // SpatialDropout2D; else Dropout with a noise_shape
  bool has_bilinear_half_pixels = true;  // UpSampling2D; else two products with fixed kernels
  bool has_subtract = true;
  bool has_exponential = true;  // an activation
  bool has_conv_1d_transpose = true;
  bool has_upsampling_1d = true;
  bool has_reset_after = true;  // GRU
};

/// The layers of Keras, one or two, that a layer of ours is; without names and extents. `input` are the
/// extents of its input. Throws DataError for a layer that Keras cannot say, and says why.
[[nodiscard]] std::vector<Layer> layers_of(nn::Module& layer, const Dims& input, const Dialect& dialect);

/// The extents of the input that a layer says itself; unknown where it does not. None for a layer that takes
/// any.
[[nodiscard]] std::vector<std::int64_t> input_of(const nn::Module& layer);

}  // namespace hourglass::files::keras
