#pragma once

// The ladder variational autoencoder with two layers of codes (Sønderby et al. 2016):
//
//     p(x, z₁, z₂) = p(x|z₁) p(z₁|z₂) p(z₂),      p(z₁|z₂) = N(μ_p(z₂), σ_p²(z₂)),  p(z₂) = N(0, 1),
//     min E_q[−log p(x|z₁)] + β (E_q KL(q(z₁|z₂, x) ‖ p(z₁|z₂)) + KL(q(z₂|x) ‖ p(z₂))).
//
// What the encoder makes of x, d₁ = f(x), goes up to z₂, and on the way down each layer's posterior joins
// what came up, N(μ̂, σ̂²), with what the model expects there, by their precisions (eqs. 16-18):
//
//     q(z₁|z₂, x) = N(σ² (μ̂ σ̂⁻² + μ_p σ_p⁻²), σ²),      σ⁻² = σ̂⁻² + σ_p⁻².
//
// So the upper layer comes into use, which in a plain stack of Gaussians it does not.

#include <hourglass/autoencoders/kl_schedule.h>
#include <hourglass/autoencoders/latent_kind.h>

namespace hourglass::autoencoders {

struct LadderOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and z₁; the decoder mirrors them
  std::int64_t latent = 32;               // numbers in z₁
  std::int64_t upper = 16;                // numbers in z₂
  std::int64_t width = 128;               // of the hidden layers between z₁ and z₂
  std::int64_t encoded = 0;               // numbers in d₁, with halves of one's own; 0: hidden.back()
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;  // of a feature, with the Gaussian likelihood
  double beta = 1.0;
  KLSchedule kl{};  // steps, cycles, rise: the warm-up is half of the method
  DType dtype = float32;
};
template <class V>
void visit(LadderOptions& o, V&& v) {
  visit_common(o, v);
  v("upper", o.upper), v("width", o.width), v("encoded", o.encoded), v("beta", o.beta), v("kl", o.kl);
}

/// The ladder autoencoder. An encoder gives d₁, a decoder takes z₁, the code; what lies between z₁ and z₂ is
/// made from the options.    (N, features) -> (N, latent) -> (N, features)
///
/// Throws ShapeError for a width below 1, DataError for a variance that is not positive, a negative β, free
/// bits or a capacity.
class LadderAutoencoder final : public WithOptions<LatentKind, LadderOptions> {
 public:
  explicit LadderAutoencoder(const LadderOptions& options = {});
  explicit LadderAutoencoder(Halves halves, const LadderOptions& options = {});

  /// The mean of q(z₁|z₂, x) at the mean of q(z₂|x).
  [[nodiscard]] Variable encode(const Variable& x) override;
  /// Parts in nats per example: "kl_lower" and "kl_upper", those of z₁ and z₂; "kl", their sum, of weight 0.
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] Tensor log_likelihood(const Tensor& x, std::int64_t k) override;
  void visit(nn::Visitor& v) override {
    LatentKind::visit(v);
    v("lower", lower), v("up", up), v("down", down);
    kl_.visit(v);
  }

  nn::Sequential lower;  // d₁ -> μ̂₁, log σ̂₁²
  nn::Sequential up;     // d₁ -> μ₂, log σ₂²
  nn::Sequential down;   // z₂ -> μ_p, log σ_p²

 private:
  struct Normal {
    Variable mean, log_variance;
  };
  [[nodiscard]] static Normal split(const Variable& both);
  [[nodiscard]] static Normal joined(const Normal& seen, const Normal& expected);
  [[nodiscard]] Tensor draw_prior(std::int64_t n, DType dtype) override;
  KLTerm kl_;
};

}  // namespace hourglass::autoencoders
