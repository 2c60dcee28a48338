#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/reduce.h>

/// The reductions of tensor/ops/reduce.h for variables. Above or beside each, its gradient; dy is spread over
/// the reduced axes again.
namespace hourglass {

// dx = dy
[[nodiscard]] Variable sum(const Variable& x, const Axes& axes = {}, ReduceOptions options = {});
// dx = dy / n
[[nodiscard]] Variable mean(const Variable& x, const Axes& axes = {}, ReduceOptions options = {});
// dx = 2 dy (x − x̄) / (n − ddof)
[[nodiscard]] Variable var(const Variable& x, const Axes& axes = {}, VarOptions options = {});
// dx = dy (x − x̄) / (y (n − ddof)), 0 where y = 0
[[nodiscard]] Variable std(const Variable& x, const Axes& axes = {}, VarOptions options = {});
// dx = dy − mean of dy
[[nodiscard]] Variable center(const Variable& x, const Axes& axes = {});
// dx = dy in equal shares for the elements that are equal to y
[[nodiscard]] Variable max(const Variable& x, const Axes& axes = {}, ReduceOptions options = {});
[[nodiscard]] Variable min(const Variable& x, const Axes& axes = {}, ReduceOptions options = {});
// dx = dy x / y, 0 where y = 0
[[nodiscard]] Variable norm(const Variable& x, const Axes& axes = {}, ReduceOptions options = {});
// dx = dy e^(x − y)
[[nodiscard]] Variable logsumexp(const Variable& x, const Axes& axes = {}, ReduceOptions options = {});
[[nodiscard]] Variable sum_to(const Variable& x, const Shape& shape);  // dx = broadcast_to(dy)
[[nodiscard]] Variable cumsum(const Variable& x, int axis);            // dx = cumsum of dy from the other end

// No gradient flows through an index.
[[nodiscard]] inline Tensor argmax(const Variable& x) { return argmax(x.value()); }
[[nodiscard]] inline Tensor argmin(const Variable& x) { return argmin(x.value()); }
[[nodiscard]] inline Tensor argmax(const Variable& x, int axis, ReduceOptions options = {}) {
  return argmax(x.value(), axis, options);
}
[[nodiscard]] inline Tensor argmin(const Variable& x, int axis, ReduceOptions options = {}) {
  return argmin(x.value(), axis, options);
}

}  // namespace hourglass
