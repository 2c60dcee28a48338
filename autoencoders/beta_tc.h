#pragma once

// The β-TC autoencoder (Chen et al. 2018): the KL term of a variational one taken apart,
//
//     min E_q[−log p(x|z)] + α KL(q(z, x) ‖ q(z) p(x)) + β KL(q(z) ‖ Π_j q(z_j)) + γ Σ_j KL(q(z_j) ‖ p(z_j)),
//
// what the code tells of x, its total correlation and the rest, so that the numbers of the code can be made
// independent without telling less. With a batch of M of N examples (eq. 5, minibatch-weighted sampling)
//
//     log q(z_i) ≈ log 1/(N M) Σ_m q(z_i|x_m),   and so for each number of the code.

#include <hourglass/autoencoders/gaussian_kind.h>

namespace hourglass::autoencoders {

struct BetaTCOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 10;
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;      // of a feature, with the Gaussian likelihood
  double alpha = 1.0;         // weight of the mutual information
  double beta = 6.0;          // weight of the total correlation
  double gamma = 1.0;         // weight of the rest
  std::int64_t examples = 0;  // N, of the data set; it moves the parts by constants. 0: as many as a batch
  DType dtype = float32;
};
template <class V>
void visit(BetaTCOptions& o, V&& v) {
  visit_common(o, v);
  v("alpha", o.alpha), v("beta", o.beta), v("gamma", o.gamma), v("examples", o.examples);
}

/// The β-TC autoencoder, with halves as GaussianKind says.    (N, features) -> (N, latent) -> (N, features)
///
/// Throws ShapeError for a width below 1, DataError for a variance that is not positive, a negative weight or
/// number of examples.
class BetaTCAutoencoder final : public GaussianKindOf<BetaTCOptions> {
 public:
  explicit BetaTCAutoencoder(const BetaTCOptions& options = {});
  explicit BetaTCAutoencoder(Halves halves, const BetaTCOptions& options = {});

  /// Parts in nats per example: "mutual_information", "total_correlation", "dimension_wise_kl", which with
  /// weights 1 estimate the KL term; and "kl" itself in closed form, with weight 0.
  [[nodiscard]] Loss loss(const Variable& x) override;
};

}  // namespace hourglass::autoencoders
