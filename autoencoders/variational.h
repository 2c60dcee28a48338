#pragma once

// The variational autoencoder (Kingma & Welling 2014): a model of examples x with codes z,
//
//     p(z) = N(0, 1),   p(x|z) by the decoder,   q(z|x) = N(μ(x), σ²(x)) by the encoder,
//
// trained on the negative evidence lower bound, in nats per example:
//
//     min −ELBO = E_q[−log p(x|z)] + β KL(q(z|x) ‖ p(z))  ≥  −log p(x)   for β = 1.

#include <hourglass/autoencoders/gaussian_kind.h>
#include <hourglass/autoencoders/kl_schedule.h>

namespace hourglass::autoencoders {

struct VariationalOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 20;
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;  // of a feature, with the Gaussian likelihood
  double beta = 1.0;      // weight of the KL term (Higgins et al. 2017)
  KLSchedule kl{};        // warm-up, cycles, free bits, capacity
  DType dtype = float32;
};
template <class V>
void visit(VariationalOptions& o, V&& v) {
  visit_common(o, v);
  v("beta", o.beta), v("kl", o.kl);
}

/// The variational autoencoder, with halves as GaussianKind says.    (N, features) -> (N, latent) ->
/// (N, features)
///
/// Throws ShapeError for a width below 1, DataError for a variance that is not positive, a negative β or a
/// schedule out of range.
class VariationalAutoencoder final : public GaussianKindOf<VariationalOptions> {
 public:
  explicit VariationalAutoencoder(const VariationalOptions& options = {});
  explicit VariationalAutoencoder(Halves halves, const VariationalOptions& options = {});

  /// −ELBO with one sample of z for each example: reconstruction and "kl" in nats per example, weight β, and
  /// what the schedule adds (see KLTerm).
  [[nodiscard]] Loss loss(const Variable& x) override;
  void visit(nn::Visitor& v) override {
    GaussianKind::visit(v);
    kl_.visit(v);
  }

 private:
  KLTerm kl_;
};

}  // namespace hourglass::autoencoders
