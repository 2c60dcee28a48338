#pragma once

// The DIP autoencoder, of disentangled inferred priors (Kumar, Sattigeri & Balakrishnan 2018): beside the
// ELBO the covariance C of the codes over the data is to be the identity,
//
//     min E_q[−log p(x|z)] + KL(q(z|x) ‖ p(z)) + λ_od Σ_{i≠j} C_ij² + λ_d Σ_i (C_ii − 1)²,
//
//     I:  C = Cov_x[μ(x)],          II:  C = E_x[σ²(x)] + Cov_x[μ(x)], the covariance of z itself,
//
// over each batch. Then the numbers of the code are uncorrelated without a larger weight of the KL term.

#include <hourglass/autoencoders/gaussian_kind.h>

namespace hourglass::autoencoders {

struct DIPOptions {
  enum class Covariance : std::uint8_t { of_means, of_codes };  // I and II
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 10;
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;  // of a feature, with the Gaussian likelihood
  Covariance covariance = Covariance::of_codes;
  double off_diagonal = 10.0;        // λ_od
  std::optional<double> diagonal{};  // λ_d: 10 λ_od for I and λ_od for II unless given, as in the paper
  DType dtype = float32;
};
constexpr auto enum_names(DIPOptions::Covariance /*of*/) {
  return std::to_array<const char*>({"of_means", "of_codes"});
}
template <class V>
void visit(DIPOptions& o, V&& v) {
  visit_common(o, v);
  v("covariance", o.covariance), v("off_diagonal", o.off_diagonal), v("diagonal", o.diagonal);
}

/// The DIP autoencoder, with halves as GaussianKind says.    (N, features) -> (N, latent) -> (N, features)
///
/// Throws ShapeError for a width below 1, DataError for a variance that is not positive or a negative weight.
class DIPAutoencoder final : public GaussianKindOf<DIPOptions> {
 public:
  explicit DIPAutoencoder(const DIPOptions& options = {});
  explicit DIPAutoencoder(Halves halves, const DIPOptions& options = {});

  /// Parts: "kl" in nats per example, "off_diagonal" and "diagonal", the two sums.
  [[nodiscard]] Loss loss(const Variable& x) override;
  /// λ_d, given or not.
  [[nodiscard]] double diagonal() const;
};

}  // namespace hourglass::autoencoders
