#include <hourglass/autograd/elementwise.h>
#include <hourglass/autograd/reduce.h>
#include <hourglass/nn/divergences.h>
#include <hourglass/tensor/error.h>

#include <algorithm>
#include <cmath>

namespace hourglass::nn {

Variable kl_to_standard_normal(const Variable& mean, const Variable& log_variance) {
  if (mean.shape() != log_variance.shape() || mean.rank() < 1) {
    throw ShapeError("kl_to_standard_normal: mean {} and log variance {} must have one shape, examples first",
                     mean.shape(), log_variance.shape());
  }
  const Variable l = clip(log_variance, kLeastLogVariance, kMostLogVariance);
  const auto examples = static_cast<double>(std::max<std::int64_t>(mean.shape(0), 1));
  return sum(square(mean) + exp(l) - 1.0 - l) * (0.5 / examples);
}

Variable kl_bernoulli(double p, const Variable& q) {
  if (!(p > 0.0 && p < 1.0)) throw DataError("kl_bernoulli: p must be in (0, 1), got {}", p);
  constexpr double kSmallest = 1e-7;
  const Variable r = clip(q, kSmallest, 1.0 - kSmallest);
  const double entropy = p * std::log(p) + (1.0 - p) * std::log(1.0 - p);
  return sum(entropy - p * log(r) - (1.0 - p) * log(1.0 - r));
}

}  // namespace hourglass::nn
