#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/sort.h>

namespace hourglass {

/// The elements along an axis in order, see tensor/ops/sort.h.    dx = dy back where its elements came from
[[nodiscard]] Variable sort(const Variable& x, int axis = -1, SortOptions options = {});
/// No gradient flows through an index.
[[nodiscard]] inline Tensor argsort(const Variable& x, int axis = -1, SortOptions options = {}) {
  return argsort(x.value(), axis, options);
}

}  // namespace hourglass
