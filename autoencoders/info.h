#pragma once

// The InfoVAE (Zhao, Song & Ermon 2019): the KL term of each example is traded for a distance of all codes
// together from the prior, eq. 7,
//
//     min E_q[−log p(x|z)] + (1 − α) KL(q(z|x) ‖ p(z)) + (α + λ − 1) MMD(q(z), p(z)),      p(z) = N(0, 1),
//
// with the squared maximum mean discrepancy between the batch's codes and as many draws of the prior. α = 1
// is the MMD-VAE: nothing keeps the code from telling all of x, so that it cannot collapse.

#include <hourglass/autoencoders/gaussian_kind.h>
#include <hourglass/nn/losses/mmd.h>

namespace hourglass::autoencoders {

struct InfoOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 10;
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;   // of a feature, with the Gaussian likelihood
  double alpha = 0.0;      // 1 − α weighs the KL term
  double lambda = 1000.0;  // α + λ − 1 weighs the discrepancy
  nn::MMDOptions mmd{.kernel = nn::MMDKernel::rbf, .scales = {1.0}};
  DType dtype = float32;
};
template <class V>
void visit(InfoOptions& o, V&& v) {
  visit_common(o, v);
  v("alpha", o.alpha), v("lambda", o.lambda), v("mmd", o.mmd);
}

/// The InfoVAE, with halves as GaussianKind says.    (N, features) -> (N, latent) -> (N, features)
///
/// Batches have two examples at least. Throws ShapeError for a width below 1, DataError for a variance that
/// is not positive, α above 1, or α + λ below 1.
class InfoAutoencoder final : public GaussianKindOf<InfoOptions> {
 public:
  explicit InfoAutoencoder(const InfoOptions& options = {});
  explicit InfoAutoencoder(Halves halves, const InfoOptions& options = {});

  /// Parts: "kl" in nats per example, and "mmd".
  [[nodiscard]] Loss loss(const Variable& x) override;
};

}  // namespace hourglass::autoencoders
