#pragma once

// The variational autoencoder (Kingma & Welling 2014): a model of examples x with codes z,
//
//     p(z) = N(0, 1),   p(x|z) by the decoder,   q(z|x) = N(μ(x), σ²(x)) by the encoder,
//
// trained on the negative evidence lower bound, in nats per example:
//
//     min −ELBO = E_q[−log p(x|z)] + β KL(q(z|x) ‖ p(z))  ≥  −log p(x)   for β = 1.

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/autoencoders/generative.h>
#include <hourglass/nn/layers/reparameterize.h>
#include <array>

namespace hourglass::autoencoders {

/// How likely an example is, given what the decoder makes of a code.
enum class Likelihood : std::uint8_t {
  bernoulli,  // each feature 1 with probability σ(logit); values between 0 and 1 count as probabilities
  gaussian,   // each feature N(decoder's output, variance)
};

struct VariationalOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 20;
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;  // of a feature, with the Gaussian likelihood
  double beta = 1.0;      // weight of the KL term (Higgins et al. 2017)
  DType dtype = float32;
};
constexpr auto enum_names(Likelihood /*of*/) { return std::to_array<const char*>({"bernoulli", "gaussian"}); }
template <class V>
void visit(VariationalOptions& o, V&& v) {
  v("features", o.features), v("hidden", o.hidden), v("latent", o.latent), v("likelihood", o.likelihood),
      v("variance", o.variance), v("beta", o.beta), v("dtype", o.dtype);
}

/// The variational autoencoder.    (N, features) -> (N, latent) -> (N, features)
///
/// An encoder gives 2 L numbers: L of μ, then L of log σ², clipped to [−30, 20]. A decoder takes L and gives
/// logits, or means with the Gaussian likelihood: dense_halves({.heads = 2}), strided_halves({.heads = 2}).
/// Throws ShapeError for a width below 1, DataError for a variance that is not positive or a negative β.
class VariationalAutoencoder final : public Autoencoder, public LikelihoodModel {
 public:
  explicit VariationalAutoencoder(const VariationalOptions& options = {});
  explicit VariationalAutoencoder(Halves halves, const VariationalOptions& options = {});

  struct Posterior {
    Variable mean, log_variance;  // (N, L) each
  };
  /// q(z|x). Throws ShapeError if the encoder gives an odd number of numbers.
  [[nodiscard]] Posterior posterior(const Variable& x);

  /// The mean of q(z|x).
  [[nodiscard]] Variable encode(const Variable& x) override { return posterior(x).mean; }
  /// The mean of p(x|z).
  [[nodiscard]] Variable decode(const Variable& code) override;
  /// −ELBO with one sample of z for each example: reconstruction and KL in nats per example, weight β.
  [[nodiscard]] Loss loss(const Variable& x) override;

  /// An estimate of log p(x) for each example, from K samples of q(z|x):
  ///   log 1/K Σ_k p(x|z_k) p(z_k) / q(z_k|x),
  /// a lower bound in expectation that rises with K (Burda et al. 2016).    (N, D) -> (N,) float64, nats
  /// Throws DataError unless K >= 1.
  [[nodiscard]] Tensor log_likelihood(const Tensor& x, std::int64_t k) override;

  /// Examples from codes drawn from the prior.    -> (n, D)
  /// Throws DataError if the halves do not say how many numbers a code has (see Halves).
  [[nodiscard]] Tensor sample(std::int64_t n) override;
  /// Examples from codes on the straight line between those of two.    (D,), (D,) -> (steps, D)
  /// Throws DataError unless steps >= 2.
  [[nodiscard]] Tensor interpolate(const Tensor& from, const Tensor& to, std::int64_t steps);

  [[nodiscard]] const VariationalOptions& options() const { return options_; }
  using Config = VariationalOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  [[nodiscard]] std::optional<Form> form() const override {
    return Form{&encoder, &decoder, Code::mean, 0, options_.likelihood == Likelihood::bernoulli};
  }
  void visit(nn::Visitor& v) override {
    v("encoder", encoder), v("decoder", decoder), v("reparameterize", reparameterize);
  }

  nn::Sequential encoder, decoder;
  nn::Reparameterize reparameterize{{.sample_in_eval = true}};  // an ELBO is an average over samples

 private:
  VariationalOptions options_;  // of which `latent` is that of the halves, 0 if they do not say
};

}  // namespace hourglass::autoencoders
