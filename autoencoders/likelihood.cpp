#include <hourglass/autoencoders/likelihood.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/tensor/base/error.h>

#include <cmath>
#include <numbers>

namespace hourglass::autoencoders {

namespace {

const double kLogTwoPi = std::log(2.0 * std::numbers::pi);

}  // namespace

Variable OutputDistribution::mean(const Variable& y) const {
  return likelihood == Likelihood::bernoulli ? sigmoid(y) : y;
}

Variable OutputDistribution::negative_log(const Variable& y, const Variable& x) const {
  if (likelihood == Likelihood::bernoulli)
    return nn::binary_crossentropy(y, x, {.from_logits = true, .reduction = nn::Reduction::batch_mean});
  const auto features = static_cast<double>(x.shape(1));
  return nn::mean_squared_error(y, x, {.reduction = nn::Reduction::batch_mean}) * (0.5 / variance) +
         0.5 * features * (std::log(variance) + kLogTwoPi);
}

Variable OutputDistribution::log_of_each(const Variable& y, const Variable& x) const {
  if (likelihood == Likelihood::bernoulli) return sum(x * y - softplus(y), 1);
  return sum(square(x - y) / variance + (std::log(variance) + kLogTwoPi), 1) * -0.5;
}

void expect_variance(const char* kind, double variance) {
  if (!(variance > 0.0))
    throw DataError("{}: the variance must be positive, got {}; 1 is usual", kind, variance);
}

Variable log_standard_normal(const Variable& z) { return sum(square(z) + kLogTwoPi, 1) * -0.5; }

}  // namespace hourglass::autoencoders
