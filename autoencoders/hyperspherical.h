#pragma once

// The hyperspherical variational autoencoder (Davidson et al. 2018): codes on the unit sphere of m
// dimensions,
//
//     p(z) uniform,   q(z|x) = vMF(μ(x), κ(x)) ∝ exp(κ μᵀz),   ‖μ‖ = 1,
//     min E_q[−log p(x|z)] + β KL(q(z|x) ‖ p(z)),      KL = κ A(κ) − log Z(κ),
//
// A the mean cosine and Z the mean of e^{κ μᵀz} over the sphere. The prior has no centre that draws all codes
// to it, which suits directions, rotations and groups that lie apart; for small m: from about 40 on the
// sphere's surface is so small that Gaussian codes do better.

#include <hourglass/autoencoders/latent_kind.h>

namespace hourglass::autoencoders {

struct HypersphericalOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 10;               // m; the sphere has one dimension less
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;  // of a feature, with the Gaussian likelihood
  double beta = 1.0;
  DType dtype = float32;
};
template <class V>
void visit(HypersphericalOptions& o, V&& v) {
  visit_common(o, v);
  v("beta", o.beta);
}

/// The hyperspherical autoencoder. An encoder gives m + 1 numbers: m of which μ is the direction, and one for
/// κ = 1 + softplus, at most 10⁴.    (N, features) -> (N, m) -> (N, features)
///
/// Gradients of the loss are first-order only. Throws ShapeError for a width below 1 or m below 2, DataError
/// for a variance that is not positive or a negative β.
class HypersphericalAutoencoder final : public WithOptions<LatentKind, HypersphericalOptions> {
 public:
  explicit HypersphericalAutoencoder(const HypersphericalOptions& options = {});
  explicit HypersphericalAutoencoder(Halves halves, const HypersphericalOptions& options = {});

  struct Posterior {
    Variable mean;           // (N, m), unit vectors
    Variable concentration;  // (N,), κ
  };
  [[nodiscard]] Posterior posterior(const Variable& x);
  /// μ.
  [[nodiscard]] Variable encode(const Variable& x) override { return posterior(x).mean; }
  /// Parts: "kl" in nats per example.
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] Tensor log_likelihood(const Tensor& x, std::int64_t k) override;

 private:
  [[nodiscard]] Tensor draw_prior(std::int64_t n, DType dtype) override;
};

}  // namespace hourglass::autoencoders
