#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/loss.h>

#include <algorithm>
#include <cmath>

namespace hourglass::nn {

namespace {

void expect_one_form(const char* op, const Variable& mean, const Variable& other) {
  if (!(mean.shape() == other.shape()) || mean.rank() < 1) {
    throw ShapeError(
        "{}: means and log variances must have one shape, examples first, got {} and {}; an encoder gives "
        "both, in halves of its last axis",
        op, mean.shape(), other.shape());
  }
  if (mean.dtype() != other.dtype()) {
    throw DTypeError(
        "{}: means and log variances must have one type, got {} and {}; convert with x.to(hg::{})", op,
        name(mean.dtype()), name(other.dtype()), name(mean.dtype()));
  }
}

// `scale` times the sum of the terms (N, …), as the reduction says.
Variable reduce(const char* op, const Variable& terms, double scale, Reduction reduction) {
  if (reduction == Reduction::batch_mean) return sum(terms) * (scale / example_count(op, terms.shape()));
  if (reduction == Reduction::sum) return sum(terms) * scale;
  if (reduction == Reduction::mean) return mean(terms) * scale;
  Axes inner;
  for (int axis = 1; axis < terms.rank(); ++axis) inner.list.push_back(axis);
  return (inner.list.empty() ? terms : sum(terms, inner)) * scale;
}

}  // namespace

Variable kl_to_standard_normal(const Variable& mean, const Variable& log_variance, const KLOptions& options) {
  expect_one_form("kl_to_standard_normal", mean, log_variance);
  const LogVarianceRange range = options.range;
  if (options.reduction == Reduction::batch_mean) return gaussian_kl(mean, log_variance, range);
  expect_range("kl_to_standard_normal", range);
  const Variable l = clip(log_variance, range.least, range.most);
  return reduce("kl_to_standard_normal", square(mean) + (expm1(l) - l), 0.5, options.reduction);
}

Variable kl_normal(const Variable& mean1, const Variable& log_variance1, const Variable& mean2,
                   const Variable& log_variance2, const KLOptions& options) {
  for (const Variable* other : {&log_variance1, &mean2, &log_variance2})
    expect_one_form("kl_normal", mean1, *other);
  const LogVarianceRange range = options.range;
  expect_range("kl_normal", range);
  const Variable l2 = clip(log_variance2, range.least, range.most),
                 l = clip(log_variance1, range.least, range.most) - l2;
  return reduce("kl_normal", (expm1(l) - l) + square(mean1 - mean2) * exp(-l2), 0.5, options.reduction);
}

Variable kl_bernoulli(double p, const Variable& q) {
  if (!(p > 0.0 && p < 1.0))
    throw DataError(
        "kl_bernoulli: p must be in (0, 1), got {}; it is the activity wanted of a unit, 0.05 is usual", p);
  constexpr double kSmallest = 1e-7;
  const Variable r = clip(q, kSmallest, 1.0 - kSmallest);
  const double entropy = p * std::log(p) + (1.0 - p) * std::log(1.0 - p);
  return sum(entropy - p * log(r) - (1.0 - p) * log(1.0 - r));
}

}  // namespace hourglass::nn
