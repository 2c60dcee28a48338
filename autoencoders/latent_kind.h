#pragma once

// What the kinds with codes z of a known distribution share: the halves, p(x|z) by the decoder, examples from
// codes of the prior, and importance-weighted bounds.

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/autoencoders/generative.h>
#include <hourglass/autoencoders/likelihood.h>
#include <hourglass/tensor/base/function.h>

namespace hourglass::autoencoders {

class LatentKind : public Autoencoder, public LikelihoodModel {
 public:
  /// The mean of p(x|z).
  [[nodiscard]] Variable decode(const Variable& code) override { return output().mean(decoder(code)); }
  /// Examples from codes drawn from the prior.    -> (n, D)
  /// Throws DataError if the halves do not say how many numbers a code has (see Halves).
  [[nodiscard]] Tensor sample(std::int64_t n) override;

  /// p(x|z) of what the decoder gives.
  [[nodiscard]] const OutputDistribution& output() const { return output_; }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 protected:
  /// The kind's name is for errors. Throws DataError for a variance that is not positive.
  LatentKind(const char* kind, Halves halves, const OutputDistribution& output);

  /// Codes of the prior, of the type of the decoder's parameters.
  [[nodiscard]] virtual Tensor draw_prior(std::int64_t n, DType dtype) = 0;
  /// A loss in nats per example that so far is −log p(x|z) of the decoder's output y.
  [[nodiscard]] Loss reconstruction_of(const Variable& y, const Variable& x) const;
  [[nodiscard]] std::int64_t latent() const { return latent_; }  // 0 if the halves do not say

 private:
  OutputDistribution output_;
  std::int64_t latent_;
};

/// A kind's base with its options, which have features, hidden, latent, likelihood, variance and dtype.
template <class Base, class Options>
class WithOptions : public Base {
 public:
  [[nodiscard]] const Options& options() const { return options_; }
  using Config = Options;
  [[nodiscard]] const Config& config() const { return options_; }

 protected:
  WithOptions(const char* kind, Halves halves, const Options& options)
      : Base(kind, std::move(halves), {options.likelihood, options.variance}), options_(options) {
    options_.latent = this->latent();
  }
  Options options_;  // of which `latent` is that of the halves, 0 if they do not say
};

/// The names of the options that they all have.
template <class Options, class V>
void visit_common(Options& o, V&& v) {
  v("features", o.features), v("hidden", o.hidden), v("latent", o.latent), v("likelihood", o.likelihood),
      v("variance", o.variance), v("dtype", o.dtype);
}

/// Fully connected halves of such options, whose code has `code_in` numbers where the encoder gives it and
/// `code_out` where the decoder takes it.
template <class Options>
[[nodiscard]] Halves dense_halves_of(const Options& o, std::int64_t code_in, std::int64_t code_out) {
  DenseHalvesOptions dense{.features = o.features, .hidden = o.hidden, .latent = code_in, .dtype = o.dtype};
  nn::Sequential encoder = dense_halves(dense).encoder;
  dense.latent = code_out;
  return {std::move(encoder), dense_halves(dense).decoder, code_out};
}

/// log 1/K Σ_k w_k of each example, of K log weights (N,) each.    -> (N,) float64
/// Throws DataError unless K >= 1; `log_weight` is called K times.
[[nodiscard]] Tensor importance_bound(std::int64_t k, FunctionRef<Variable()> log_weight);

/// Throws DataError, which begins with the kind's name, for a negative weight of a part of the loss.
void expect_weight(const char* kind, double weight);

}  // namespace hourglass::autoencoders
