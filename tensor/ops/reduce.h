#pragma once

#include <hourglass/tensor/tensor.h>

#include <initializer_list>
#include <vector>

/// Reductions over one, several or all axes. Sums run in float64 in a fixed order of fixed pieces: the same
/// bits for any number of threads, and a relative error near the last bit of float32 for 10⁸ elements.
namespace hourglass {

/// Axes to reduce: a number, a list, or none for all. Negative ones count from the end.
struct Axes {
  Axes() = default;
  Axes(int axis) : list{axis} {}  // NOLINT(google-explicit-constructor)
  Axes(std::initializer_list<int> axes) : list(axes) {}
  std::vector<int> list;
};

struct ReduceOptions {
  bool keepdims = false;  // reduced axes stay, with extent 1
};
struct VarOptions {
  bool keepdims = false;
  std::int64_t ddof = 0;  // the divisor is n − ddof
};

/// Integers are summed as int64.
[[nodiscard]] Tensor sum(const Tensor& x, const Axes& axes = {}, ReduceOptions options = {});
/// Floating types; nan over no elements.
[[nodiscard]] Tensor mean(const Tensor& x, const Axes& axes = {}, ReduceOptions options = {});
/// Σ(x − x̄)² / (n − ddof), in two passes; as NumPy, a divisor below 0 counts as 0.
[[nodiscard]] Tensor var(const Tensor& x, const Axes& axes = {}, VarOptions options = {});
[[nodiscard]] Tensor std(const Tensor& x, const Axes& axes = {}, VarOptions options = {});
/// x − x̄, the mean over the axes taken off in float64, before anything is rounded: accurate however far from
/// 0 the elements lie. The same shape as x.
[[nodiscard]] Tensor center(const Tensor& x, const Axes& axes = {});
/// nan if an element is nan. Throws ShapeError over no elements.
[[nodiscard]] Tensor max(const Tensor& x, const Axes& axes = {}, ReduceOptions options = {});
[[nodiscard]] Tensor min(const Tensor& x, const Axes& axes = {}, ReduceOptions options = {});
/// The Euclidean norm √Σx².
[[nodiscard]] Tensor norm(const Tensor& x, const Axes& axes = {}, ReduceOptions options = {});
/// log Σ eˣ, computed as m + log Σ e^(x−m) with m = max x;  −inf over no elements.
[[nodiscard]] Tensor logsumexp(const Tensor& x, const Axes& axes = {}, ReduceOptions options = {});

/// Index of the first largest (smallest) element, int64: in the flattened tensor, or along an axis. A nan is
/// the largest (smallest). Throws ShapeError over no elements.
[[nodiscard]] Tensor argmax(const Tensor& x);
[[nodiscard]] Tensor argmin(const Tensor& x);
[[nodiscard]] Tensor argmax(const Tensor& x, int axis, ReduceOptions options = {});
[[nodiscard]] Tensor argmin(const Tensor& x, int axis, ReduceOptions options = {});

/// The adjoint of broadcast_to: x summed over the axes that broadcasting `shape` to x's shape would repeat.
[[nodiscard]] Tensor sum_to(const Tensor& x, const Shape& shape);
/// Partial sums along an axis:  y_i = Σ_{j≤i} x_j, in float64 for floating types; integers as int64. A scalar
/// is its own.
[[nodiscard]] Tensor cumsum(const Tensor& x, int axis);

/// Whether no element is nan or infinite.
[[nodiscard]] bool all_finite(const Tensor& x);

}  // namespace hourglass
