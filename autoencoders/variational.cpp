#include <hourglass/autoencoders/variational.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/evaluating.h>
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

// log p(x|z) for each image, y the decoder's output.
Tensor log_p_of_images(const VariationalOptions& o, const Tensor& y, const Tensor& x) {
  if (o.likelihood == Likelihood::bernoulli) return sum(x * y - softplus(y), 1);
  return sum(square(x - y) / o.variance + (std::log(o.variance) + kLogTwoPi), 1) * -0.5;
}

}  // namespace

VariationalAutoencoder::VariationalAutoencoder(Halves halves, const VariationalOptions& options)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), options_(options) {
  if (!(options.variance > 0.0))
    throw DataError("VariationalAutoencoder: the variance must be positive, got {}", options.variance);
  if (!(options.beta >= 0.0))
    throw DataError("VariationalAutoencoder: beta must not be negative, got {}", options.beta);
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
      const auto pixels = static_cast<double>(x.shape(1));
      loss.reconstruction =
          nn::mean_squared_error(y, x, {.reduction = nn::Reduction::batch_mean}) * (0.5 / options_.variance) +
          0.5 * pixels * (std::log(options_.variance) + kLogTwoPi);
    }
    loss.kl = nn::kl_to_standard_normal(mean, log_variance);
    loss.weight = options_.beta;
    loss.total = loss.reconstruction + loss.weight * *loss.kl;
    loss.unit = "nats per image";
    return loss;
  });
}

Tensor VariationalAutoencoder::log_likelihood(const Tensor& x, std::int64_t samples) {
  if (samples < 1) throw DataError("log_likelihood: needs at least one sample, got {}", samples);
  const nn::Evaluating evaluating(*this);
  const auto [mean, raw] = posterior(x);
  const Tensor log_variance = clip(raw.value(), nn::kLeastLogVariance, nn::kMostLogVariance);
  const Tensor deviation = exp(log_variance * 0.5);
  std::vector<Tensor> weights;  // log p(x|z) p(z) / q(z|x), one tensor (N,) for each sample
  for (std::int64_t k = 0; k < samples; ++k) {
    const Tensor e = normal(mean.shape(), 0.0, 1.0, default_generator(), x.dtype());
    const Tensor z = mean.value() + deviation * e;
    const Tensor log_q = log_standard_normal(e) - sum(log_variance, 1) * 0.5;
    const Tensor log_p = log_p_of_images(options_, decoder(z).value(), x) + log_standard_normal(z);
    weights.push_back((log_p - log_q).to(float64));
  }
  return logsumexp(stack(weights, 0), 0) - std::log(static_cast<double>(samples));
}

Tensor VariationalAutoencoder::sample(std::int64_t count, std::int64_t latent) {
  const nn::Evaluating evaluating(*this);
  const DType dtype = nn::parameters(decoder).empty() ? float32 : nn::parameters(decoder)[0].variable.dtype();
  return decode(normal({count, latent}, 0.0, 1.0, default_generator(), dtype)).value();
}

Tensor VariationalAutoencoder::interpolate(const Tensor& from, const Tensor& to, std::int64_t steps) {
  if (steps < 2) throw DataError("interpolate: needs at least two steps, got {}", steps);
  const nn::Evaluating evaluating(*this);
  const Tensor codes = encode(stack({from, to}, 0)).value();
  const Tensor t = reshape(linspace(0.0, 1.0, steps, codes.dtype()), {steps, 1});
  return decode(slice(codes, 0, {0, 1}) * (1.0 - t) + slice(codes, 0, {1, 2}) * t).value();
}

VariationalAutoencoder dense_variational(const DenseVariationalOptions& o) {
  return VariationalAutoencoder(dense_halves({.features = o.features,
                                              .hidden = o.hidden,
                                              .code = checked_product("VariationalAutoencoder", 2, o.latent),
                                              .decoded = o.latent,
                                              .output = Output::logits,
                                              .dtype = o.dtype}),
                                o.variational);
}

VariationalAutoencoder convolutional_variational(const ConvolutionalVariationalOptions& o) {
  return VariationalAutoencoder(
      strided_halves({.image = o.image,
                      .code = checked_product("VariationalAutoencoder", 2, o.latent),
                      .decoded = o.latent,
                      .output = Output::logits,
                      .dtype = o.dtype}),
      o.variational);
}

}  // namespace hourglass::autoencoders
