#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/nn/regularizer.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::nn {

Variable Regularizer::operator()(const Variable& values) const {
  if (l2 == 0.0) return l1 * sum(abs(values));
  const Variable squares = l2 * sum(square(values));
  return l1 == 0.0 ? squares : l1 * sum(abs(values)) + squares;
}

Regularizer L1(double strength) { return L1L2(strength, 0.0); }
Regularizer L2(double strength) { return L1L2(0.0, strength); }

Regularizer L1L2(double l1, double l2) {
  if (!(l1 >= 0.0) || !(l2 >= 0.0))
    throw DataError("regularizer: strengths must not be negative, got l1 = {}, l2 = {}; 0 leaves one out", l1,
                    l2);
  return {.l1 = l1, .l2 = l2};
}

}  // namespace hourglass::nn
