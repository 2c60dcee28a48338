#pragma once

#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/nn/layers/activation.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/base/extent2.h>

#include <optional>
#include <vector>

namespace hourglass::autoencoders {

/// An encoder and the decoder that belongs to it. Any modules of one's own can stand in for them:
/// Halves{nn::Sequential(MyEncoder()), nn::Sequential(MyDecoder())}.
struct Halves {
  nn::Sequential encoder, decoder;
  std::int64_t latent = 0;  // numbers in a code, for sample(n); 0: what a Dense that begins the decoder takes
};

/// The numbers that a decoder takes, if it begins with a Dense; else 0.
[[nodiscard]] std::int64_t code_inputs(const nn::Layer& decoder);
/// `latent`, or what a Dense that begins the decoder takes; 0 if neither says it.
[[nodiscard]] std::int64_t code_size(const Halves& halves);

/// What a decoder ends in, whose output such a loss takes: nothing for logits; for mse what is given, for
/// features of another range than σ's [0, 1]. Throws DataError for an activation of logits.
[[nodiscard]] nn::Activation output_activation_for(ReconstructionLoss loss,
                                                   const std::optional<nn::Activation>& given = {});

struct DenseHalvesOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 64;            // numbers in a code
  std::int64_t heads = 1;              // that the encoder gives for each of them: 2 for mean and log variance
  nn::Activation hidden_activation = relu;
  nn::Activation latent_activation = nn::Activation::linear;
  nn::Activation output_activation = nn::Activation::linear;
  DType dtype = float32;
};
/// Fully connected halves.    (N, features) -> (N, heads · latent), (N, latent) -> (N, features)
/// Throws ShapeError for a width below 1.
[[nodiscard]] Halves dense_halves(const DenseHalvesOptions& options = {});

/// Throws ShapeError, which begins with the name, unless height and width are multiples of 4.
void expect_quarters(const char* name, Extent2 image);

struct PooledHalvesOptions {
  Extent2 image = 28;
  nn::Activation output_activation = nn::Activation::linear;
  DType dtype = float32;
};
/// Two stages that each halve the image:
///   Conv2D 32, MaxPool2D, Conv2D 32, MaxPool2D | ConvTranspose2D 32 stride 2, the same again, Conv2D 1
/// all 3x3, same padding, relu. The code is a map (H/4, W/4, 32).    (N, H·W) or (N, H, W) -> (N, H·W)
/// Throws ShapeError unless height and width are multiples of 4.
[[nodiscard]] Halves pooled_halves(const PooledHalvesOptions& options = {});

struct StridedHalvesOptions {
  Extent2 image = 28;
  std::int64_t latent = 16;   // numbers in a code
  std::int64_t heads = 1;     // that the encoder gives for each of them: 2 for mean and log variance
  std::int64_t filters = 32;  // of the first stage; the second has twice as many
  nn::Activation output_activation = nn::Activation::linear;
  DType dtype = float32;
};
/// Strides in place of pooling, and a code without places:
///   Conv2D 32 stride 2, Conv2D 64 stride 2, Dense heads · latent |
///   Dense H/4·W/4·64, ConvTranspose2D 64 stride 2, ConvTranspose2D 32 stride 2, ConvTranspose2D 1
/// all 3x3, same padding, relu; 32 and 64 are `filters` and twice that. Throws as pooled_halves.
[[nodiscard]] Halves strided_halves(const StridedHalvesOptions& options = {});

struct MapHalvesOptions {
  Extent2 image = 28;
  std::int64_t latent = 16;   // numbers at each place of the code
  std::int64_t filters = 32;  // of the first stage; the second has twice as many
  nn::Activation output_activation = nn::Activation::linear;
  DType dtype = float32;
};
/// Strides, and a code that is a map (H/4, W/4, latent) of vectors:
///   Conv2D 32 stride 2, Conv2D 64 stride 2, Conv2D latent 1x1 |
///   ConvTranspose2D 64 stride 2, ConvTranspose2D 32 stride 2, ConvTranspose2D 1
/// 3x3, same padding, relu, the code linear.    (N, H·W) -> (N, H·W)    Throws as pooled_halves.
[[nodiscard]] Halves map_halves(const MapHalvesOptions& options = {});

}  // namespace hourglass::autoencoders
