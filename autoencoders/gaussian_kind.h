#pragma once

// What the kinds with a Gaussian posterior share: q(z|x) = N(μ(x), σ²(x)) by the encoder, p(x|z) by the
// decoder, and what follows from them. A kind adds its options and its loss.

#include <hourglass/autoencoders/latent_kind.h>
#include <hourglass/nn/layers/reparameterize.h>

namespace hourglass::autoencoders {

/// An encoder gives 2 L numbers: L of μ, then L of log σ², clipped to [−30, 20]. A decoder takes L and gives
/// logits, or means with the Gaussian likelihood: dense_halves({.heads = 2}), strided_halves({.heads = 2}).
class GaussianKind : public LatentKind {
 public:
  struct Posterior {
    Variable mean, log_variance;  // (N, L) each
  };
  /// q(z|x). Throws ShapeError if the encoder gives an odd number of numbers.
  [[nodiscard]] Posterior posterior(const Variable& x);
  /// The mean of q(z|x).
  [[nodiscard]] Variable encode(const Variable& x) override { return posterior(x).mean; }

  /// An estimate of log p(x) for each example, from K samples of q(z|x):
  ///   log 1/K Σ_k p(x|z_k) p(z_k) / q(z_k|x),
  /// a lower bound in expectation that rises with K (Burda et al. 2016).    (N, D) -> (N,) float64, nats
  /// Throws DataError unless K >= 1.
  [[nodiscard]] Tensor log_likelihood(const Tensor& x, std::int64_t k) override;

  /// Examples from codes on the straight line between those of two.    (D,), (D,) -> (steps, D)
  /// Throws DataError unless steps >= 2.
  [[nodiscard]] Tensor interpolate(const Tensor& from, const Tensor& to, std::int64_t steps);

  [[nodiscard]] std::optional<Form> form() const override {
    return Form{&encoder, &decoder, Code::mean, 0, output().likelihood == Likelihood::bernoulli};
  }
  void visit(nn::Visitor& v) override {
    LatentKind::visit(v);
    v("reparameterize", reparameterize);
  }

  nn::Reparameterize reparameterize{{.sample_in_eval = true}};  // an ELBO is an average over samples

 protected:
  using LatentKind::LatentKind;

  /// What the encoder makes of examples: mean and log variance side by side.    (N, …) -> (N, 2 L)
  [[nodiscard]] virtual Variable encoded(const Variable& x) { return encoder(x); }

  struct Draw {
    Variable z;      // (N, L)
    Variable log_q;  // log q(z|x) of each, (N,)
  };
  /// One code for each example, as log_likelihood needs it.
  [[nodiscard]] Draw draw(const Posterior& q);
  /// log p(z) of each code, and codes drawn from the prior: N(0, 1) unless a kind has another.
  [[nodiscard]] virtual Variable log_prior(const Variable& z) { return log_standard_normal(z); }
  [[nodiscard]] Tensor draw_prior(std::int64_t n, DType dtype) override;
};

/// An encoder's 2 L numbers as q(z|x). `kind` is for errors. Throws ShapeError for an odd number.
[[nodiscard]] GaussianKind::Posterior split_posterior(const std::string& kind, const Variable& both);

template <class Options>
using GaussianKindOf = WithOptions<GaussianKind, Options>;

/// Fully connected halves of such options, with two heads.
template <class Options>
[[nodiscard]] Halves gaussian_halves_of(const Options& o) {
  return dense_halves(
      {.features = o.features, .hidden = o.hidden, .latent = o.latent, .heads = 2, .dtype = o.dtype});
}

}  // namespace hourglass::autoencoders
