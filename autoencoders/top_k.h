#pragma once

// The top-k autoencoder with an auxiliary loss: a wide code of which k units are active, and of the units
// that have been dead for long, k_aux learn what the others leave over (Gao et al. 2024),
//
//     min ‖x − x̂‖² + α ‖(x − x̂) − W_d a‖²,      x̂ = W_d h + b,  h = topk(z),  z = W_e (x − b) + b_e,
//
// a the k_aux largest of z among dead units. Widely used to take apart what language models compute.

#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/nn/layers/dense.h>

namespace hourglass::autoencoders {

struct TopKOptions {
  std::int64_t features = 784;
  std::int64_t latent = 2048;        // units of the code
  std::int64_t k = 25;               // that are active
  std::int64_t k_aux = 64;           // dead ones that learn; no more than there are units
  double strength = 1.0 / 32;        // α
  std::int64_t dead_after = 10'000;  // examples for which a unit has not been active
  DType dtype = float32;
};
template <class V>
void visit(TopKOptions& o, V&& v) {
  v("features", o.features), v("latent", o.latent), v("k", o.k), v("k_aux", o.k_aux),
      v("strength", o.strength), v("dead_after", o.dead_after), v("dtype", o.dtype);
}

/// The top-k autoencoder with auxiliary loss.    (N, features) -> (N, latent) -> (N, features)
///
/// The decoder begins as the encoder transposed, with directions of norm 1. In training it counts for how
/// many examples each unit has been silent. Throws ShapeError for a width below 1 or k or k_aux outside
/// [1, latent], DataError for a negative strength.
class TopKAutoencoder final : public Autoencoder {
 public:
  explicit TopKAutoencoder(const TopKOptions& options = {});

  [[nodiscard]] Variable encode(const Variable& x) override;
  [[nodiscard]] Variable decode(const Variable& code) override { return decoder(code); }
  /// The reconstruction and, where units are dead, "auxiliary".
  [[nodiscard]] Loss loss(const Variable& x) override;
  /// How many units are dead now.
  [[nodiscard]] std::int64_t dead_units() const;

  [[nodiscard]] const TopKOptions& options() const { return options_; }
  using Config = TopKOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  void visit(nn::Visitor& v) override {
    v("encoder", encoder), v("decoder", decoder), v("silent_for", silent_for);
  }

  nn::Dense encoder, decoder;  // the decoder's bias is b
  Tensor silent_for;           // (latent,) int64, examples since each unit was active

 private:
  [[nodiscard]] Variable scores(const Variable& x);  // z
  void count(const Tensor& code);
  TopKOptions options_;
};

}  // namespace hourglass::autoencoders
