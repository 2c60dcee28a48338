#pragma once

// What the kinds with a Gaussian posterior share: q(z|x) = N(μ(x), σ²(x)) by the encoder, p(x|z) by the
// decoder, and what follows from them. A kind adds its options and its loss.

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/autoencoders/generative.h>
#include <hourglass/autoencoders/likelihood.h>
#include <hourglass/nn/layers/reparameterize.h>

namespace hourglass::autoencoders {

/// An encoder gives 2 L numbers: L of μ, then L of log σ², clipped to [−30, 20]. A decoder takes L and gives
/// logits, or means with the Gaussian likelihood: dense_halves({.heads = 2}), strided_halves({.heads = 2}).
class GaussianKind : public Autoencoder, public LikelihoodModel {
 public:
  struct Posterior {
    Variable mean, log_variance;  // (N, L) each
  };
  /// q(z|x). Throws ShapeError if the encoder gives an odd number of numbers.
  [[nodiscard]] Posterior posterior(const Variable& x);

  /// The mean of q(z|x).
  [[nodiscard]] Variable encode(const Variable& x) override { return posterior(x).mean; }
  /// The mean of p(x|z).
  [[nodiscard]] Variable decode(const Variable& code) override { return output().mean(decoder(code)); }

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

  /// p(x|z) of what the decoder gives.
  [[nodiscard]] const OutputDistribution& output() const { return output_; }
  [[nodiscard]] std::optional<Form> form() const override {
    return Form{&encoder, &decoder, Code::mean, 0, output_.likelihood == Likelihood::bernoulli};
  }
  void visit(nn::Visitor& v) override {
    v("encoder", encoder), v("decoder", decoder), v("reparameterize", reparameterize);
  }

  nn::Sequential encoder, decoder;
  nn::Reparameterize reparameterize{{.sample_in_eval = true}};  // an ELBO is an average over samples

 protected:
  /// The kind's name is for errors. Throws DataError for a variance that is not positive.
  GaussianKind(const char* kind, Halves halves, const OutputDistribution& output);

  struct Draw {
    Variable z;      // (N, L)
    Variable log_q;  // log q(z|x) of each, (N,)
  };
  /// One code for each example, as log_likelihood needs it.
  [[nodiscard]] virtual Draw draw(const Posterior& q);
  /// log p(z) of each code, and codes drawn from the prior: N(0, 1) unless a kind has another.
  [[nodiscard]] virtual Variable log_prior(const Variable& z) { return log_standard_normal(z); }
  [[nodiscard]] virtual Tensor draw_prior(std::int64_t n, DType dtype);

  /// A loss in nats per example that so far is −log p(x|z) of the decoder's output y.
  [[nodiscard]] Loss reconstruction_of(const Variable& y, const Variable& x) const;
  [[nodiscard]] std::int64_t latent() const { return latent_; }  // 0 if the halves do not say

 private:
  OutputDistribution output_;
  std::int64_t latent_;
};

/// The same with a kind's options, which have features, hidden, latent, likelihood, variance and dtype.
template <class Options>
class GaussianKindOf : public GaussianKind {
 public:
  [[nodiscard]] const Options& options() const { return options_; }
  using Config = Options;
  [[nodiscard]] const Config& config() const { return options_; }

 protected:
  GaussianKindOf(const char* kind, Halves halves, const Options& options)
      : GaussianKind(kind, std::move(halves), {options.likelihood, options.variance}), options_(options) {
    options_.latent = latent();
  }
  Options options_;  // of which `latent` is that of the halves, 0 if they do not say
};

/// Fully connected halves of such options.
template <class Options>
[[nodiscard]] Halves dense_halves_of(const Options& o, std::int64_t heads = 2) {
  return dense_halves(
      {.features = o.features, .hidden = o.hidden, .latent = o.latent, .heads = heads, .dtype = o.dtype});
}
/// The names of the options that they all have.
template <class Options, class V>
void visit_common(Options& o, V&& v) {
  v("features", o.features), v("hidden", o.hidden), v("latent", o.latent), v("likelihood", o.likelihood),
      v("variance", o.variance), v("dtype", o.dtype);
}

/// The numbers that a decoder takes, if it begins with a Dense; else 0.
[[nodiscard]] std::int64_t code_inputs(const nn::Layer& decoder);

/// Throws DataError, which begins with the kind's name, for a negative weight of a part of the loss.
void expect_weight(const char* kind, double weight);

/// log 1/K Σ_k w_k of each example, of K log weights (N,) each.    -> (N,) float64
/// Throws DataError unless K >= 1; `log_weight` is called K times.
[[nodiscard]] Tensor importance_bound(std::int64_t k, FunctionRef<Variable()> log_weight);

}  // namespace hourglass::autoencoders
