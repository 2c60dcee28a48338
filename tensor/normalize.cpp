#include <hourglass/tensor/elementwise.h>
#include <hourglass/tensor/error.h>
#include <hourglass/tensor/normalize.h>

namespace hourglass {

Tensor standardize(const Tensor& x, const Axes& axes, double epsilon) {
  expect_floating("standardize", x.dtype());
  if (!(epsilon > 0.0)) throw DataError("standardize: epsilon must be positive, got {}", epsilon);
  const Tensor centred = x - mean(x, axes, {.keepdims = true});
  return centred * rsqrt(var(x, axes, {.keepdims = true}) + epsilon);
}

Axes all_but_last(int rank) {
  Axes axes;
  for (int i = 0; i + 1 < rank; ++i) axes.list.push_back(i);
  return axes;
}

}  // namespace hourglass
