#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <cmath>

namespace hourglass::nn {

namespace {

void expect_one_form(const char* op, const Variable& mean, const Variable& other) {
  if (!(mean.shape() == other.shape()) || mean.rank() < 1) {
    throw ShapeError("{}: means and log variances must have one shape, examples first, got {} and {}", op,
                     mean.shape(), other.shape());
  }
  if (mean.dtype() != other.dtype()) {
    throw DTypeError(
        "{}: means and log variances must have one type, got {} and {}; convert with x.to(hg::{})", op,
        name(mean.dtype()), name(other.dtype()), name(mean.dtype()));
  }
}

}  // namespace

Variable kl_to_standard_normal(const Variable& mean, const Variable& log_variance, LogVarianceRange range) {
  expect_one_form("kl_to_standard_normal", mean, log_variance);
  return gaussian_kl(mean, log_variance, range);
}

Variable kl_normal(const Variable& mean1, const Variable& log_variance1, const Variable& mean2,
                   const Variable& log_variance2, LogVarianceRange range) {
  for (const Variable* other : {&log_variance1, &mean2, &log_variance2})
    expect_one_form("kl_normal", mean1, *other);
  expect_range("kl_normal", range);
  const Variable l2 = clip(log_variance2, range.least, range.most),
                 l = clip(log_variance1, range.least, range.most) - l2;
  const auto examples = static_cast<double>(std::max<std::int64_t>(mean1.shape(0), 1));
  return sum((expm1(l) - l) + square(mean1 - mean2) * exp(-l2)) * (0.5 / examples);
}

Variable kl_bernoulli(double p, const Variable& q) {
  if (!(p > 0.0 && p < 1.0)) throw DataError("kl_bernoulli: p must be in (0, 1), got {}", p);
  constexpr double kSmallest = 1e-7;
  const Variable r = clip(q, kSmallest, 1.0 - kSmallest);
  const double entropy = p * std::log(p) + (1.0 - p) * std::log(1.0 - p);
  return sum(entropy - p * log(r) - (1.0 - p) * log(1.0 - r));
}

}  // namespace hourglass::nn
