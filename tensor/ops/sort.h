#pragma once

#include <hourglass/tensor/tensor.h>

/// Sorting along an axis, for every type. Equal elements keep their order; nan counts as larger than any
/// number, as in NumPy. A scalar is its own. Throw IndexError for an axis out of range.
namespace hourglass {

struct SortOptions {
  bool descending = false;
};

/// The elements along an axis in order.    The same shape as x
[[nodiscard]] Tensor sort(const Tensor& x, int axis = -1, SortOptions options = {});
/// Where each of them stands in x, int64:  sort(x) = gather(x, argsort(x)).
[[nodiscard]] Tensor argsort(const Tensor& x, int axis = -1, SortOptions options = {});

}  // namespace hourglass
