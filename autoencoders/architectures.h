#pragma once

#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/nn/layers/activation.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/base/extent2.h>

#include <vector>

namespace hourglass::autoencoders {

/// An encoder and the decoder that belongs to it. Any modules of one's own can stand in for them:
/// Halves{nn::Sequential(MyEncoder()), nn::Sequential(MyDecoder())}.
struct Halves {
  nn::Sequential encoder, decoder;
};

/// Whether a decoder ends in a sigmoid, or leaves logits (or means, which may be anything).
enum class Output : std::uint8_t { pixels, logits };
[[nodiscard]] Output output_for(ReconstructionLoss loss);

struct DenseHalvesOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{};  // widths between input and code, relu; the decoder mirrors them
  std::int64_t code = 64;              // numbers that the encoder gives
  std::int64_t decoded = 0;            // numbers that the decoder takes, 0: as many
  nn::Activation code_activation = nn::Activation::linear;
  Output output = Output::pixels;
  DType dtype = float32;
};
/// Fully connected halves.    (N, features) -> (N, code), (N, decoded) -> (N, features)
/// Throws ShapeError for a width below 1.
[[nodiscard]] Halves dense_halves(const DenseHalvesOptions& options);

/// Two stages that each halve the image:
///   Conv2D 32, MaxPool2D, Conv2D 32, MaxPool2D | ConvTranspose2D 32 stride 2, the same again, Conv2D 1
/// all 3x3, same padding, relu. The code is a map (H/4, W/4, 32).    (N, H·W) or (N, H, W) -> (N, H·W)
/// Throws ShapeError unless height and width are multiples of 4.
[[nodiscard]] Halves pooled_halves(Extent2 image, Output output, DType dtype = float32);

struct StridedHalvesOptions {
  Extent2 image = 28;
  std::int64_t code = 16;     // numbers that the encoder gives
  std::int64_t decoded = 0;   // numbers that the decoder takes, 0: as many
  std::int64_t filters = 32;  // of the first stage; the second has twice as many
  Output output = Output::logits;
  DType dtype = float32;
};
/// Strides in place of pooling, and a code without places:
///   Conv2D 32 stride 2, Conv2D 64 stride 2, Dense code |
///   Dense H/4·W/4·64, ConvTranspose2D 64 stride 2, ConvTranspose2D 32 stride 2, ConvTranspose2D 1
/// all 3x3, same padding, relu; 32 and 64 are `filters` and twice that. Throws as pooled_halves.
[[nodiscard]] Halves strided_halves(const StridedHalvesOptions& options);

}  // namespace hourglass::autoencoders
