#include <hourglass/autoencoders/variational.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/activation.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <cmath>
#include <numbers>

namespace hourglass::autoencoders {

namespace {

const double kLogTwoPi = std::log(2.0 * std::numbers::pi);

// Σ log N(v; 0, 1) over all axes but the first.
Tensor log_standard_normal(const Tensor& v) { return sum(square(v) + kLogTwoPi, 1) * -0.5; }

// log p(x|z) for each example, y the decoder's output.
Tensor log_p_of_examples(const VariationalOptions& o, const Tensor& y, const Tensor& x) {
  if (o.likelihood == Likelihood::bernoulli) return sum(x * y - softplus(y), 1);
  return sum(square(x - y) / o.variance + (std::log(o.variance) + kLogTwoPi), 1) * -0.5;
}

// The numbers that a decoder takes, if it begins with a Dense; else 0.
std::int64_t inputs_of(const nn::Layer& decoder) {
  if (const auto* const dense = dynamic_cast<const nn::Dense*>(&decoder)) return dense->kernel.shape(0);
  const auto* const sequence = dynamic_cast<const nn::Sequential*>(&decoder);
  return sequence && sequence->size() > 0 ? inputs_of((*sequence)[0]) : 0;
}

}  // namespace

VariationalAutoencoder::VariationalAutoencoder(const VariationalOptions& options)
    : VariationalAutoencoder(dense_halves({.features = options.features,
                                           .hidden = options.hidden,
                                           .latent = options.latent,
                                           .heads = 2,
                                           .dtype = options.dtype}),
                             options) {}

VariationalAutoencoder::VariationalAutoencoder(Halves halves, const VariationalOptions& options)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), options_(options) {
  options_.latent = halves.latent > 0 ? halves.latent : inputs_of(decoder);
  if (!(options.variance > 0.0)) {
    throw DataError("VariationalAutoencoder: the variance must be positive, got {}; 1 is usual",
                    options.variance);
  }
  if (!(options.beta >= 0.0)) {
    throw DataError("VariationalAutoencoder: beta must not be negative, got {}; 1 gives the ELBO",
                    options.beta);
  }
}

VariationalAutoencoder::Posterior VariationalAutoencoder::posterior(const Variable& x) {
  const Variable both = encoder(x);
  if (both.rank() != 2 || both.shape(1) % 2 != 0) {
    throw ShapeError(
        "VariationalAutoencoder: the encoder must give mean and log variance, (N, 2 L), but gave {}; let its "
        "last layer have twice as many outputs as the code",
        both.shape());
  }
  const std::int64_t latent = both.shape(1) / 2;
  return {slice(both, 1, {0, latent}), slice(both, 1, {latent, 2 * latent})};
}

Variable VariationalAutoencoder::decode(const Variable& code) {
  const Variable y = decoder(code);
  return options_.likelihood == Likelihood::bernoulli ? sigmoid(y) : y;
}

Loss VariationalAutoencoder::loss(const Variable& x) {
  return run([&] {
    const auto [mean, log_variance] = posterior(x);
    const Variable y = decoder(reparameterize(mean, log_variance));
    Loss loss;
    if (options_.likelihood == Likelihood::bernoulli) {
      loss.reconstruction =
          nn::binary_crossentropy(y, x, {.from_logits = true, .reduction = nn::Reduction::batch_mean});
    } else {
      const auto features = static_cast<double>(x.shape(1));
      loss.reconstruction =
          nn::mean_squared_error(y, x, {.reduction = nn::Reduction::batch_mean}) * (0.5 / options_.variance) +
          0.5 * features * (std::log(options_.variance) + kLogTwoPi);
    }
    loss.total = loss.reconstruction;
    loss.unit = "nats per example";
    loss.add("kl", nn::kl_to_standard_normal(mean, log_variance), options_.beta);
    return loss;
  });
}

Tensor VariationalAutoencoder::log_likelihood(const Tensor& x, std::int64_t k) {
  if (k < 1) throw DataError("log_likelihood: needs at least one sample, got {}; 50 give a close bound", k);
  const nn::Evaluating evaluating(*this);
  const auto [mean, raw] = posterior(x);
  const Tensor log_variance = clip(raw.value(), nn::kLeastLogVariance, nn::kMostLogVariance);
  const Tensor deviation = exp(log_variance * 0.5);
  std::vector<Tensor> weights;  // log p(x|z) p(z) / q(z|x), one tensor (N,) for each sample
  for (std::int64_t i = 0; i < k; ++i) {
    const Tensor e = normal(mean.shape(), 0.0, 1.0, default_generator(), x.dtype());
    const Tensor z = mean.value() + deviation * e;
    const Tensor log_q = log_standard_normal(e) - sum(log_variance, 1) * 0.5;
    const Tensor log_p = log_p_of_examples(options_, decoder(z).value(), x) + log_standard_normal(z);
    weights.push_back((log_p - log_q).to(float64));
  }
  return logsumexp(stack(weights, 0), 0) - std::log(static_cast<double>(k));
}

Tensor VariationalAutoencoder::sample(std::int64_t n) {
  if (options_.latent < 1) {
    throw DataError(
        "sample: how many numbers a code has cannot be seen from a decoder that does not begin with a Dense; "
        "say it with Halves{.encoder = …, .decoder = …, .latent = …}");
  }
  const nn::Evaluating evaluating(*this);
  const DType dtype = nn::parameters(decoder).empty() ? float32 : nn::parameters(decoder)[0].variable.dtype();
  return decode(normal({n, options_.latent}, 0.0, 1.0, default_generator(), dtype)).value();
}

Tensor VariationalAutoencoder::interpolate(const Tensor& from, const Tensor& to, std::int64_t steps) {
  if (steps < 2)
    throw DataError("interpolate: needs at least two steps, got {}; the first and the last are the ends",
                    steps);
  const nn::Evaluating evaluating(*this);
  const Tensor codes = encode(stack({from, to}, 0)).value();
  const Tensor t = reshape(linspace(0.0, 1.0, steps, codes.dtype()), {steps, 1});
  return decode(slice(codes, 0, {0, 1}) * (1.0 - t) + slice(codes, 0, {1, 2}) * t).value();
}

}  // namespace hourglass::autoencoders
