#include <hourglass/autoencoders/gaussian_kind.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>

#include <cmath>

namespace hourglass::autoencoders {

std::int64_t code_inputs(const nn::Layer& decoder) {
  if (const auto* const dense = dynamic_cast<const nn::Dense*>(&decoder)) return dense->kernel.shape(0);
  const auto* const sequence = dynamic_cast<const nn::Sequential*>(&decoder);
  return sequence && sequence->size() > 0 ? code_inputs((*sequence)[0]) : 0;
}

GaussianKind::GaussianKind(const char* kind, Halves halves, const OutputDistribution& output)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), output_(output) {
  latent_ = halves.latent > 0 ? halves.latent : code_inputs(decoder);
  expect_variance(kind, output.variance);
}

GaussianKind::Posterior GaussianKind::posterior(const Variable& x) {
  const Variable both = encoder(x);
  if (both.rank() != 2 || both.shape(1) % 2 != 0) {
    throw ShapeError(
        "{}: the encoder must give mean and log variance, (N, 2 L), but gave {}; let its last layer have "
        "twice as many outputs as the code",
        type_name(), both.shape());
  }
  const std::int64_t half = both.shape(1) / 2;
  return {slice(both, 1, {0, half}), slice(both, 1, {half, 2 * half})};
}

GaussianKind::Draw GaussianKind::draw(const Posterior& q) {
  const Variable log_variance = clip(q.log_variance, nn::kLeastLogVariance, nn::kMostLogVariance);
  const Tensor e = normal(q.mean.shape(), 0.0, 1.0, default_generator(), q.mean.dtype());
  return {q.mean + exp(log_variance * 0.5) * e, log_standard_normal(e) - sum(log_variance, 1) * 0.5};
}

Tensor GaussianKind::draw_prior(std::int64_t n, DType dtype) {
  return normal({n, latent_}, 0.0, 1.0, default_generator(), dtype);
}

Loss GaussianKind::reconstruction_of(const Variable& y, const Variable& x) const {
  const Variable nats = output_.negative_log(y, x);
  return {.total = nats, .reconstruction = nats, .unit = "nats per example"};
}

Tensor GaussianKind::log_likelihood(const Tensor& x, std::int64_t k) {
  const nn::Evaluating evaluating(*this);
  const Posterior q = posterior(x);
  return importance_bound(k, [&] {
    const auto [z, log_q] = draw(q);
    return output_.log_of_each(decoder(z), x) + log_prior(z) - log_q;
  });
}

Tensor GaussianKind::sample(std::int64_t n) {
  if (latent_ < 1) {
    throw DataError(
        "sample: how many numbers a code has cannot be seen from a decoder that does not begin with a Dense; "
        "say it with Halves{.encoder = …, .decoder = …, .latent = …}");
  }
  const nn::Evaluating evaluating(*this);
  const DType dtype = nn::parameters(decoder).empty() ? float32 : nn::parameters(decoder)[0].variable.dtype();
  return decode(draw_prior(n, dtype)).value();
}

Tensor GaussianKind::interpolate(const Tensor& from, const Tensor& to, std::int64_t steps) {
  if (steps < 2)
    throw DataError("interpolate: needs at least two steps, got {}; the first and the last are the ends",
                    steps);
  const nn::Evaluating evaluating(*this);
  const Tensor codes = encode(stack({from, to}, 0)).value();
  const Tensor t = reshape(linspace(0.0, 1.0, steps, codes.dtype()), {steps, 1});
  return decode(slice(codes, 0, {0, 1}) * (1.0 - t) + slice(codes, 0, {1, 2}) * t).value();
}

void expect_weight(const char* kind, double weight) {
  if (!(weight >= 0.0))
    throw DataError("{}: the weight of a part must not be negative, got {}; 0 leaves it out", kind, weight);
}

Tensor importance_bound(std::int64_t k, FunctionRef<Variable()> log_weight) {
  if (k < 1) throw DataError("log_likelihood: needs at least one sample, got {}; 50 give a close bound", k);
  std::vector<Tensor> weights;
  for (std::int64_t i = 0; i < k; ++i) weights.push_back(log_weight().value().to(float64));
  return logsumexp(stack(weights, 0), 0) - std::log(static_cast<double>(k));
}

}  // namespace hourglass::autoencoders
