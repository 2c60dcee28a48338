#pragma once

#include <hourglass/nn/module.h>

#include <cstdint>
#include <optional>

/// The autoencoder kinds, and what they share: loss, evaluation, baselines, pictures.
namespace hourglass::autoencoders {

/// How far a reconstruction is from its image.
enum class ReconstructionLoss : std::uint8_t {
  mse,  // mean squared error per pixel; the decoder gives pixels
  bce,  // binary cross-entropy per pixel, in nats; the decoder gives logits, and σ of them is a pixel
};

/// The loss of a batch and its parts:  total = reconstruction + weight · (sparsity or kl).
struct Loss {
  Variable total, reconstruction;
  std::optional<Variable> sparsity{}, kl{};
  double weight = 1.0;
  const char* unit = "";  // of all of them: "squared error per pixel", "nats per pixel", "nats per image"

  operator const Variable&() const { return total; }  // NOLINT(google-explicit-constructor): what is trained
};

/// Anything that turns images into codes and codes into images. Called as a layer it reconstructs.
///
///     fit(model, adam, [&](const data::Batch& b) { return model.loss(b.x); }, train);
class Autoencoder : public nn::Layer {
 public:
  [[nodiscard]] virtual Variable encode(const Variable& x) = 0;
  /// From codes to images, pixels in [0, 1] unless the kind says otherwise.
  [[nodiscard]] virtual Variable decode(const Variable& code) = 0;
  /// What is minimised for a batch of images.
  [[nodiscard]] virtual Loss loss(const Variable& x) = 0;

  [[nodiscard]] Variable reconstruct(const Variable& x) { return decode(encode(x)); }
  Variable forward(const Variable& x) override { return reconstruct(x); }
};

/// The loss of a decoder's output y (pixels for mse, logits for bce) against images x of the same shape, and
/// the pixels that y means.
[[nodiscard]] Loss reconstruction_loss(ReconstructionLoss kind, const Variable& y, const Variable& x);
[[nodiscard]] Variable pixels(ReconstructionLoss kind, const Variable& y);

}  // namespace hourglass::autoencoders
