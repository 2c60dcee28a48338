#include <hourglass/tensor/elementwise.h>
#include <hourglass/tensor/error.h>
#include <hourglass/tensor/reduce.h>
#include <hourglass/tensor/softmax.h>

namespace hourglass {

Tensor softmax(const Tensor& x, int axis) {
  expect_floating("softmax", x.dtype());
  (void)x.shape().axis_index(axis);
  if (x.size() == 0) return x;
  const Tensor e = exp(x - max(x, axis, {.keepdims = true}));
  return e / sum(e, axis, {.keepdims = true});
}

Tensor log_softmax(const Tensor& x, int axis) {
  expect_floating("log_softmax", x.dtype());
  (void)x.shape().axis_index(axis);
  if (x.size() == 0) return x;
  const Tensor shifted = x - max(x, axis, {.keepdims = true});
  return shifted - log(sum(exp(shifted), axis, {.keepdims = true}));
}

}  // namespace hourglass
