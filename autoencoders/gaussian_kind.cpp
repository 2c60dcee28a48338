#include <hourglass/autoencoders/gaussian_kind.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::autoencoders {

GaussianKind::Posterior split_posterior(const std::string& kind, const Variable& both) {
  if (both.rank() != 2 || both.shape(1) % 2 != 0) {
    throw ShapeError(
        "{}: the encoder must give mean and log variance, (N, 2 L), but gave {}; let its last layer have "
        "twice as many outputs as the code",
        kind, both.shape());
  }
  const std::int64_t half = both.shape(1) / 2;
  return {slice(both, 1, {0, half}), slice(both, 1, {half, 2 * half})};
}

GaussianKind::Posterior GaussianKind::posterior(const Variable& x) {
  return split_posterior(type_name(), encoded(x));
}

GaussianKind::Draw GaussianKind::draw(const Posterior& q) {
  const Variable log_variance = clip(q.log_variance, nn::kLeastLogVariance, nn::kMostLogVariance);
  const Tensor e = normal(q.mean.shape(), 0.0, 1.0, default_generator(), q.mean.dtype());
  return {q.mean + exp(log_variance * 0.5) * e, log_standard_normal(e) - sum(log_variance, 1) * 0.5};
}

Tensor GaussianKind::draw_prior(std::int64_t n, DType dtype) {
  return normal({n, latent()}, 0.0, 1.0, default_generator(), dtype);
}

Tensor GaussianKind::log_likelihood(const Tensor& x, std::int64_t k) {
  const nn::Evaluating evaluating(*this);
  const Posterior q = posterior(x);
  return importance_bound(k, [&] {
    const auto [z, log_q] = draw(q);
    return output().log_of_each(decoder(z), x) + log_prior(z) - log_q;
  });
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

}  // namespace hourglass::autoencoders
