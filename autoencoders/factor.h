#pragma once

// The FactorVAE (Kim & Mnih 2018): beside the ELBO the total correlation of the codes is to be small,
//
//     min E_q[−log p(x|z)] + KL(q(z|x) ‖ p(z)) + γ KL(q(z) ‖ Π_j q(z_j)),
//
// whose ratio of densities a critic c estimates that learns to tell codes from codes each number of which is
// that of another example (algorithm 1):
//
//     KL ≈ E_q[log c(z) / (1 − c(z))] = E_q[l(z)],  l the critic's logit,
//     min over c   −½ E log c(z) − ½ E log(1 − c(permuted z)).

#include <hourglass/autoencoders/gaussian_kind.h>
#include <hourglass/autoencoders/phased.h>

namespace hourglass::autoencoders {

struct FactorOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 10;
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;  // of a feature, with the Gaussian likelihood
  double gamma = 10.0;    // γ
  std::vector<std::int64_t> critic{256,
                                   256};  // widths of the critic's relu layers; the paper's has six of 1,000
  DType dtype = float32;
};
template <class V>
void visit(FactorOptions& o, V&& v) {
  visit_common(o, v);
  v("gamma", o.gamma), v("critic", o.critic);
}

/// The FactorVAE, with halves as GaussianKind says.    (N, features) -> (N, latent) -> (N, features)
///
/// Trained by two phases, "autoencoder" and "critic", each batch by both in turn. Throws ShapeError for a
/// width below 1; DataError for a variance that is not positive, a negative γ, or halves that do not say how
/// many numbers a code has.
class FactorAutoencoder final : public GaussianKindOf<FactorOptions>, public Phased {
 public:
  explicit FactorAutoencoder(const FactorOptions& options = {});
  explicit FactorAutoencoder(Halves halves, const FactorOptions& options = {});

  /// Parts: "kl" in nats per example, "total_correlation", γ's; and the critic's own loss with weight 0.
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] Variable critic_loss(const Variable& x);
  [[nodiscard]] std::size_t phase_count() const override { return 2; }
  [[nodiscard]] std::vector<training::Phase<>> phases(
      const std::vector<optim::Optimizer*>& optimizers) override;
  void visit(nn::Visitor& v) override {
    GaussianKind::visit(v);
    v("critic", critic);
  }

  nn::Sequential critic;  // (N, latent) -> (N, 1) logits

 private:
  [[nodiscard]] Variable critic_of(const Tensor& codes);
};

}  // namespace hourglass::autoencoders
