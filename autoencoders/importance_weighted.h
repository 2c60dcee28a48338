#pragma once

// The importance-weighted autoencoder (Burda, Grosse & Salakhutdinov 2016): with K samples z_k ~ q(z|x) and
// w_k = p(x, z_k) / q(z_k|x), a bound that is tighter the larger K is,
//
//     min −E log 1/K Σ_k w_k  ≥  −log p(x).
//
// A tighter bound teaches the decoder better and the encoder worse, so there are others between it and the
// ELBO (Rainforth et al. 2018), of M groups of K samples each:
//
//     MIWAE:  −1/M Σ_m log 1/K Σ_k w_mk,
//     CIWAE:  −β/MK Σ_mk log w_mk − (1 − β)/M Σ_m log 1/K Σ_k w_mk,
//     PIWAE:  the decoder by −log 1/MK Σ_mk w_mk, the encoder by MIWAE's.
//
// Doubly reparameterised (Tucker et al. 2019, eq. 8) the encoder's gradient of log 1/K Σ_k w_k has the same
// mean and less noise, for any K:  Σ_k w̃_k² ∂log w_k/∂z_k ∂z_k/∂φ,  w̃_k = w_k / Σ w.

#include <hourglass/autoencoders/gaussian_kind.h>

namespace hourglass::autoencoders {

struct ImportanceWeightedOptions {
  enum class Objective : std::uint8_t { iwae, miwae, ciwae, piwae };
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{200, 200};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 50;
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;  // of a feature, with the Gaussian likelihood
  Objective objective = Objective::iwae;
  std::int64_t samples = 5;             // K
  std::int64_t groups = 1;              // M; with iwae 1
  double beta = 0.5;                    // of ciwae
  bool doubly_reparameterized = false;  // with iwae, miwae and piwae
  nn::Activation hidden_activation = tanh;
  DType dtype = float32;
};
constexpr auto enum_names(ImportanceWeightedOptions::Objective /*of*/) {
  return std::to_array<const char*>({"iwae", "miwae", "ciwae", "piwae"});
}
template <class V>
void visit(ImportanceWeightedOptions& o, V&& v) {
  visit_common(o, v);
  v("objective", o.objective), v("samples", o.samples), v("groups", o.groups), v("beta", o.beta);
  v("doubly_reparameterized", o.doubly_reparameterized), v("hidden_activation", o.hidden_activation);
}

/// The importance-weighted autoencoder, with halves as GaussianKind says.    (N, features) -> (N, latent) ->
/// (N, features)
///
/// Throws ShapeError for a width below 1, DataError for a variance that is not positive, numbers of samples
/// or groups below 1, a β outside [0, 1], or options that do not go together.
class ImportanceWeightedAutoencoder final : public GaussianKindOf<ImportanceWeightedOptions> {
 public:
  explicit ImportanceWeightedAutoencoder(const ImportanceWeightedOptions& options = {});
  explicit ImportanceWeightedAutoencoder(Halves halves, const ImportanceWeightedOptions& options = {});

  /// The bound in nats per example. "reconstruction" is −E_q[log p(x|z)] of the same samples; the part
  /// "bound" is what the bound has beside it, which for K = 1 is the KL term; "kl" itself has weight 0.
  ///
  /// With piwae or doubly_reparameterized the gradient is not that of the value, and is first-order only.
  [[nodiscard]] Loss loss(const Variable& x) override;

 private:
  struct Weights {
    Variable z;       // (M K, N, L)
    Variable seen{};  // by the decoder: z, or a leaf with its value where the two halves' gradients differ
    Variable log_p_x{}, log_p_z{}, log_q{};  // (M K, N)
  };
  [[nodiscard]] Weights weights(const Posterior& q, const Variable& x, bool two_gradients);
  /// The bound's value with a gradient of the decoder's and one of the encoder's own.
  [[nodiscard]] Variable with_two_gradients(const Weights& w, const Variable& bound) const;
};

}  // namespace hourglass::autoencoders
