#pragma once

// What all kinds have in common: an encoder f and a decoder g that together minimise
//
//     total = reconstruction + Σ weight · part,      reconstruction = d(x, g(f(x)))
//
// over examples x (N, …), rows of features unless a kind says otherwise.

#include <hourglass/data/epoch.h>
#include <hourglass/nn/encoder_decoder.h>
#include <hourglass/nn/module.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

/// The autoencoder kinds, and what they share: loss, evaluation, baselines, pictures.
namespace hourglass::autoencoders {

/// How far a reconstruction is from its example.
enum class ReconstructionLoss : std::uint8_t {
  mse,  // mean squared error per feature; the decoder gives features
  bce,  // binary cross-entropy per feature, in nats, for features in [0, 1]; the decoder gives their logits
};

constexpr auto enum_names(ReconstructionLoss /*of*/) { return std::to_array<const char*>({"mse", "bce"}); }

/// What a kind adds to the reconstruction: "kl", "sparsity", …
struct LossPart {
  const char* name;
  Variable value;  // ()
  double weight = 1.0;
};

/// The loss of a batch and its parts:  total = reconstruction + Σ weight · part.
struct Loss {
  Variable total, reconstruction;
  std::vector<LossPart> parts{};
  const char* unit = "";  // of all: "squared error per feature", "nats per feature", "nats per example"

  /// Adds a part, and to the total weight · value; of weight 0 the part alone, which is then only told.
  void add(const char* name, const Variable& value, double weight = 1.0);
  /// The part of that name; null if the kind has none.
  [[nodiscard]] const Variable* part(std::string_view name) const;

  operator const Variable&() const { return total; }  // NOLINT(google-explicit-constructor): what is trained
};

/// Anything that turns examples into codes and codes into examples. Called as a layer it reconstructs.
/// Kind(options) has the kind's usual layers; Kind(halves, options) has those of architectures.h or of one's
/// own, and reads of the options only what is not about layers.
///
///     fit(model, adam, [&](const data::Batch& b) { return model.loss(b.x); }, train);
///
/// A kind that uses what is known of its examples, such as labels, takes whole batches: loss_of_batch and
/// encode_batch are the same as loss and encode for all others, so that what handles any kind asks for these.
class Autoencoder : public nn::Layer, public nn::EncoderDecoder {
 public:
  [[nodiscard]] virtual Variable encode(const Variable& x) = 0;
  [[nodiscard]] virtual Variable decode(const Variable& code) = 0;
  /// What is minimised for a batch of examples.
  [[nodiscard]] virtual Loss loss(const Variable& x) = 0;

  [[nodiscard]] virtual Loss loss_of_batch(const data::Batch& batch) { return loss(batch.x); }
  [[nodiscard]] virtual Variable encode_batch(const data::Batch& batch) { return encode(batch.x); }

  [[nodiscard]] Variable reconstruct(const Variable& x) { return decode(encode(x)); }
  [[nodiscard]] Variable reconstruct_batch(const data::Batch& batch) {
    return run([&] { return decode(encode_batch(batch)); });
  }
  Variable forward(const Variable& x) override { return reconstruct(x); }
};

/// The loss of a decoder's output y (features for mse, logits for bce) against examples x of the same shape,
/// and the features that y means.
[[nodiscard]] Loss reconstruction_loss(ReconstructionLoss kind, const Variable& y, const Variable& x);
[[nodiscard]] Variable features_of(ReconstructionLoss kind, const Variable& y);

}  // namespace hourglass::autoencoders
