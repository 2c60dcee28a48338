#pragma once

#include <hourglass/tensor/tensor.h>

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

/// Other layouts of the same elements; all are views that share storage, but for reshape where it cannot.
namespace hourglass {

/// The same elements, in row-major order, in another shape; one extent may be −1. A view where the strides
/// allow it, else a copy. Throws ShapeError if the numbers of elements differ.
[[nodiscard]] Tensor reshape(const Tensor& x, std::span<const std::int64_t> shape);
[[nodiscard]] Tensor reshape(const Tensor& x, std::initializer_list<std::int64_t> shape);
[[nodiscard]] Tensor reshape(const Tensor& x, const Shape& shape);
/// All axes from `axis` on become one.
[[nodiscard]] Tensor flatten(const Tensor& x, int axis = 0);

/// The last two axes exchanged:  (…, M, N) -> (…, N, M).
[[nodiscard]] Tensor transpose(const Tensor& x);
/// Two axes exchanged.
[[nodiscard]] Tensor transpose(const Tensor& x, int a, int b);
/// Axis i of the result is axis axes[i] of x. Throws ShapeError unless `axes` is a permutation.
[[nodiscard]] Tensor permute(const Tensor& x, const std::vector<int>& axes);

/// Python's start:stop:step along an axis: negative bounds count from the end, bounds outside are moved to
/// the edge, a negative step walks backward. Throws IndexError for a step of 0.
struct Slice {
  std::optional<std::int64_t> start{}, stop{};
  std::int64_t step = 1;
};
/// One Slice for each leading axis; the axes after them are kept whole.
[[nodiscard]] Tensor slice(const Tensor& x, const std::vector<Slice>& slices);
/// Along one axis.
[[nodiscard]] Tensor slice(const Tensor& x, int axis, Slice slice);
/// The elements in reverse order along the axes; all axes where none are given.
[[nodiscard]] Tensor flip(const Tensor& x, std::vector<int> axes = {});

/// Without the axes of extent 1, or without one of them (ShapeError if its extent is not 1).
[[nodiscard]] Tensor squeeze(const Tensor& x);
[[nodiscard]] Tensor squeeze(const Tensor& x, int axis);
/// With a new axis of extent 1 before position `axis`; negative ones count from the end of the result.
[[nodiscard]] Tensor unsqueeze(const Tensor& x, int axis);

/// Repeated along new and unit axes by NumPy's rule, without a copy. Throws ShapeError.
[[nodiscard]] Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// `axes` made non-negative, each at most once. Throws IndexError, or ShapeError for a repeated one.
[[nodiscard]] std::vector<int> normalized_axes(const char* op, const Shape& shape, std::span<const int> axes);

}  // namespace hourglass
