#pragma once

#include <hourglass/tensor/tensor.h>

#include <vector>

/// Picking single elements, and finding them.
namespace hourglass {

/// y[…, i, …] = x[…, indices[…, i, …], …]: one index for each element of the result, where take() has one for
/// each part. (PyTorch's gather; NumPy's take_along_axis without broadcasting.)
///
/// indices int64, negative ones count from the end: as many axes as x, none longer than x's but along `axis`.
/// The result has the shape of the indices.
/// Throws ShapeError for other shapes, DTypeError unless int64, IndexError for an index out of range.
[[nodiscard]] Tensor gather(const Tensor& x, const Tensor& indices, int axis);

/// The adjoint of gather: zeros of `shape`, to which x[…, i, …] is added at indices[…, i, …]; x has the shape
/// of the indices. In a fixed order where indices repeat. Throws as gather does.
[[nodiscard]] Tensor scatter_add(const Tensor& x, const Tensor& indices, int axis, const Shape& shape);

/// 1 at the place that each label names, else 0:  y[…, c] = [labels[…] = c].    (…) -> (…, classes)
/// Labels int64 or uint8. Throws IndexError unless they are in [0, classes), DTypeError for other labels.
[[nodiscard]] Tensor one_hot(const Tensor& labels, std::int64_t classes, DType dtype = float32);

/// Where x is not 0, nan included, in row-major order: for each axis of x the indices along it, (count,)
/// int64 each. A scalar counts as one element along one axis.
[[nodiscard]] std::vector<Tensor> nonzero(const Tensor& x);

}  // namespace hourglass
