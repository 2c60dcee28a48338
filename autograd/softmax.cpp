#include <hourglass/autograd/elementwise.h>
#include <hourglass/autograd/reduce.h>
#include <hourglass/autograd/softmax.h>

namespace hourglass {

Variable softmax(const Variable& x, int axis) {
  return record("softmax", softmax(x.value(), axis), {{x, [axis](const Variable& dy, const Variable& y) {
                  return y * (dy - sum(dy * y, axis, {.keepdims = true}));
                }}});
}

Variable log_softmax(const Variable& x, int axis) {
  return record("log_softmax", log_softmax(x.value(), axis), {{x, [axis](const Variable& dy, const Variable& y) {
                  return dy - exp(y) * sum(dy, axis, {.keepdims = true});
                }}});
}

}  // namespace hourglass
