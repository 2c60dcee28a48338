#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/losses/mmd.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>

namespace hourglass::nn {

namespace {

// ‖a_i − b_j‖²    (n, d), (m, d) -> (n, m)
Variable squared_distances(const Variable& a, const Variable& b) {
  const Variable norms = sum(square(a), 1, {.keepdims = true}) + sum(square(b), 1);
  return maximum(norms - 2.0 * matmul(a, transpose(b)), 0.0);
}

Variable kernel(const Variable& squared, double d, const MMDOptions& o) {
  Variable sum_of_scales(zeros({}, squared.dtype()));
  for (const double s : o.scales) {
    const double c = 2.0 * d * s;
    sum_of_scales += o.kernel == MMDKernel::imq ? c / (squared + c) : exp(squared * (-1.0 / c));
  }
  return sum_of_scales;
}

// The mean over pairs of different rows.
Variable mean_of_pairs(const Variable& x, const MMDOptions& o) {
  const std::int64_t n = x.shape(0);
  const Tensor others = 1.0 - eye(n, x.dtype());
  const auto pairs = static_cast<double>(n * (n - 1));
  return sum(kernel(squared_distances(x, x), static_cast<double>(x.shape(1)), o) * others) / pairs;
}

}  // namespace

Variable maximum_mean_discrepancy(const Variable& x, const Variable& y, const MMDOptions& o) {
  const bool fit = x.rank() == 2 && y.rank() == 2 && x.shape(1) == y.shape(1);
  if (!fit || std::min(x.shape(0), y.shape(0)) < 2) {
    throw ShapeError(
        "maximum_mean_discrepancy: needs matrices as wide, of two rows at least, got {} and {}; one row is "
        "one sample",
        x.shape(), y.shape());
  }
  if (o.scales.empty() || !std::all_of(o.scales.begin(), o.scales.end(), [](double s) { return s > 0.0; }))
    throw DataError("maximum_mean_discrepancy: the scales must be positive, and one at least; {1} is simple");
  const auto d = static_cast<double>(x.shape(1));
  return mean_of_pairs(x, o) + mean_of_pairs(y, o) - 2.0 * mean(kernel(squared_distances(x, y), d, o));
}

}  // namespace hourglass::nn
