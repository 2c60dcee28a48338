#pragma once

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/nn/layers/reparameterize.h>

namespace hourglass::autoencoders {

/// How likely an image is, given what the decoder makes of a code.
enum class Likelihood : std::uint8_t {
  bernoulli,  // each pixel on with probability σ(logit); grey values count as probabilities
  gaussian,   // each pixel N(decoder's output, variance)
};

struct VariationalOptions {
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;  // of a pixel, with the Gaussian likelihood
  double beta = 1.0;      // weight of the KL term (Higgins et al. 2017)
};

/// The variational autoencoder (Kingma & Welling 2014): a model of images x with codes z,
///
///     p(z) = N(0, 1),   p(x|z) by the decoder,   q(z|x) = N(μ(x), σ²(x)) by the encoder,
///
/// trained on the negative evidence lower bound, in nats per image:
///
///     −ELBO = E_q[−log p(x|z)] + β KL(q(z|x) ‖ p(z))  ≥  −log p(x)   for β = 1.
///
/// The encoder gives 2L numbers: L of μ, then L of log σ², clipped to [−30, 20]. The decoder takes L and
/// gives logits, or means with the Gaussian likelihood.    (N, D) -> (N, D)
class VariationalAutoencoder final : public Autoencoder {
 public:
  /// Throws DataError for a variance that is not positive or a negative β.
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
  /// −ELBO with one sample of z for each image: reconstruction and KL in nats per image, weight β.
  [[nodiscard]] Loss loss(const Variable& x) override;

  /// An estimate of log p(x) for each image, from K samples of q(z|x):
  ///   log 1/K Σ_k p(x|z_k) p(z_k) / q(z_k|x),
  /// a lower bound in expectation that rises with K (Burda et al. 2016).    (N, D) -> (N,) float64, nats
  /// Throws DataError unless K >= 1.
  [[nodiscard]] Tensor log_likelihood(const Tensor& x, std::int64_t samples);

  /// Images from codes drawn from the prior.    -> (count, D)
  [[nodiscard]] Tensor sample(std::int64_t count, std::int64_t latent);
  /// Images from codes on the straight line between those of two images.    (D,), (D,) -> (steps, D)
  [[nodiscard]] Tensor interpolate(const Tensor& from, const Tensor& to, std::int64_t steps);

  [[nodiscard]] const VariationalOptions& options() const { return options_; }
  void visit(nn::Visitor& v) override {
    v("encoder", encoder), v("decoder", decoder), v("reparameterize", reparameterize);
  }

  nn::Sequential encoder, decoder;
  nn::Reparameterize reparameterize{{.sample_in_eval = true}};  // an ELBO is an average over samples

 private:
  VariationalOptions options_;
};

struct DenseVariationalOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};
  std::int64_t latent = 20;
  VariationalOptions variational{};
  DType dtype = float32;
};
/// With fully connected halves: 784-400-20-400-784 by default.
[[nodiscard]] VariationalAutoencoder dense_variational(const DenseVariationalOptions& options = {});

struct ConvolutionalVariationalOptions {
  Extent2 image = 28;
  std::int64_t latent = 2;
  VariationalOptions variational{};
  DType dtype = float32;
};
/// With strided_halves.
[[nodiscard]] VariationalAutoencoder convolutional_variational(
    const ConvolutionalVariationalOptions& options = {});

}  // namespace hourglass::autoencoders
