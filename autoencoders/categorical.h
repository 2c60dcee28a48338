#pragma once

// The variational autoencoder with categorical codes (Jang, Gu & Poole 2017; Maddison, Mnih & Teh 2017): V
// variables of C classes each, q(z|x) = Π_v Cat(π_v(x)) by the encoder's logits, p(z) uniform,
//
//     min E_q[−log p(x|z)] + β Σ_v KL(q(z_v|x) ‖ 1/C),      KL = Σ_c π_c (log π_c + log C),
//
// trained through Gumbel-softmax samples, to which gradients flow:
//
//     z_v = softmax((log π_v + g) / τ),      g = −log(−log u),  u ~ U(0, 1),
//
// one-hot as the temperature τ goes to 0. It falls over the steps t: τ = max(τ₁, τ₀ e^−rt).

#include <hourglass/autoencoders/latent_kind.h>

namespace hourglass::autoencoders {

struct CategoricalOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 200;              // numbers in a code, V · C
  std::int64_t classes = 10;              // C, of each variable
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;           // of a feature, with the Gaussian likelihood
  double temperature = 1.0;        // τ₀
  double least_temperature = 0.5;  // τ₁
  double decay = 3e-5;             // r, for each training step; 0: τ₀ stays
  bool straight_through = false;   // the decoder sees one-hot samples, the gradient is that of the soft ones
  double beta = 1.0;
  DType dtype = float32;
};
template <class V>
void visit(CategoricalOptions& o, V&& v) {
  visit_common(o, v);
  v("classes", o.classes), v("temperature", o.temperature), v("least_temperature", o.least_temperature);
  v("decay", o.decay), v("straight_through", o.straight_through), v("beta", o.beta);
}

/// The autoencoder with categorical codes. An encoder gives the logits of V variables, one after the other, a
/// decoder takes as many numbers.    (N, features) -> (N, V · C) -> (N, features)
///
/// encode() gives the most likely classes, one-hot and constant: no gradient flows through them. In
/// evaluation the loss is that of one-hot samples, the bound itself. How many steps are done is in the model
/// file. Throws ShapeError for a width below 1 or a code that is no multiple of C, DataError for options out
/// of range.
class CategoricalAutoencoder final : public WithOptions<LatentKind, CategoricalOptions> {
 public:
  explicit CategoricalAutoencoder(const CategoricalOptions& options = {});
  explicit CategoricalAutoencoder(Halves halves, const CategoricalOptions& options = {});

  [[nodiscard]] Variable encode(const Variable& x) override;
  /// Parts: "kl" in nats per example.
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] Tensor log_likelihood(const Tensor& x, std::int64_t k) override;
  /// τ of the next step.
  [[nodiscard]] double temperature() const;
  void visit(nn::Visitor& v) override {
    LatentKind::visit(v);
    v("temperature_step", step_);
  }

 private:
  [[nodiscard]] Variable log_probabilities(const Variable& x);  // (N, V, C)
  [[nodiscard]] Tensor draw_prior(std::int64_t n, DType dtype) override;
  Tensor step_;  // () int64
};

}  // namespace hourglass::autoencoders
