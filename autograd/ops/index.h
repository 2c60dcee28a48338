#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/accuracy.h>
#include <hourglass/tensor/ops/index.h>

/// The functions of tensor/ops/index.h for variables. Beside each, its gradient.
namespace hourglass {

[[nodiscard]] Variable gather(const Variable& x, const Tensor& indices, int axis);  // dx = scatter_add(dy)
[[nodiscard]] Variable scatter_add(const Variable& x, const Tensor& indices, int axis,
                                   const Shape& shape);  // dx = gather(dy)

// No gradient flows through an index or a count.
[[nodiscard]] inline std::vector<Tensor> nonzero(const Variable& x) { return nonzero(x.value()); }
[[nodiscard]] inline double accuracy(const Variable& scores, const Tensor& labels) {
  return accuracy(scores.value(), labels);
}

}  // namespace hourglass
