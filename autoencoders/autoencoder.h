#pragma once

// What all kinds have in common: an encoder f and a decoder g that together minimise
//
//     total = reconstruction + weight · penalty,      reconstruction = d(x, g(f(x)))
//
// over examples x (N, …), rows of features unless a kind says otherwise.

#include <hourglass/nn/encoder_decoder.h>
#include <hourglass/nn/module.h>

#include <array>
#include <cstdint>
#include <optional>

/// The autoencoder kinds, and what they share: loss, evaluation, baselines, pictures.
namespace hourglass::autoencoders {

/// How far a reconstruction is from its example.
enum class ReconstructionLoss : std::uint8_t {
  mse,  // mean squared error per feature; the decoder gives features
  bce,  // binary cross-entropy per feature, in nats, for features in [0, 1]; the decoder gives their logits
};

constexpr auto enum_names(ReconstructionLoss /*of*/) { return std::to_array<const char*>({"mse", "bce"}); }

/// The loss of a batch and its parts:  total = reconstruction + weight · (sparsity or kl).
struct Loss {
  Variable total, reconstruction;
  std::optional<Variable> sparsity{}, kl{};
  double weight = 1.0;
  const char* unit = "";  // of all: "squared error per feature", "nats per feature", "nats per example"

  operator const Variable&() const { return total; }  // NOLINT(google-explicit-constructor): what is trained
};

/// Anything that turns examples into codes and codes into examples. Called as a layer it reconstructs.
/// Kind(options) has the kind's usual layers; Kind(halves, options) has those of architectures.h or of one's
/// own, and reads of the options only what is not about layers.
///
///     fit(model, adam, [&](const data::Batch& b) { return model.loss(b.x); }, train);
class Autoencoder : public nn::Layer, public nn::EncoderDecoder {
 public:
  [[nodiscard]] virtual Variable encode(const Variable& x) = 0;
  [[nodiscard]] virtual Variable decode(const Variable& code) = 0;
  /// What is minimised for a batch of examples.
  [[nodiscard]] virtual Loss loss(const Variable& x) = 0;

  [[nodiscard]] Variable reconstruct(const Variable& x) { return decode(encode(x)); }
  Variable forward(const Variable& x) override { return reconstruct(x); }
};

/// The loss of a decoder's output y (features for mse, logits for bce) against examples x of the same shape,
/// and the features that y means.
[[nodiscard]] Loss reconstruction_loss(ReconstructionLoss kind, const Variable& y, const Variable& x);
[[nodiscard]] Variable features_of(ReconstructionLoss kind, const Variable& y);

}  // namespace hourglass::autoencoders
