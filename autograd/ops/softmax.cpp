#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/autograd/tape.h>

namespace hourglass {

namespace {

// Sums along an axis, which stays; a scalar is its own sum.
Variable total(const Variable& x, int axis) { return x.rank() == 0 ? x : sum(x, axis, {.keepdims = true}); }

}  // namespace

Variable softmax(const Variable& x, int axis) {
  return record(
             "softmax", softmax(x.value(), axis),
             {{x, [axis](const Variable& dy, const Variable& y) { return y * (dy - total(dy * y, axis)); }}})
      .called_with(axis);
}

Variable log_softmax(const Variable& x, int axis) {
  return record(
             "log_softmax", log_softmax(x.value(), axis),
             {{x, [axis](const Variable& dy, const Variable& y) { return dy - exp(y) * total(dy, axis); }}})
      .called_with(axis);
}

}  // namespace hourglass
