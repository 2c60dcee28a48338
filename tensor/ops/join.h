#pragma once

#include <hourglass/tensor/views.h>

#include <initializer_list>
#include <utility>

/// Putting tensors together and picking from them. Types must agree (DTypeError), extents but along the axis
/// (ShapeError).
namespace hourglass {

/// Side by side along an axis.    (…, nᵢ, …) -> (…, Σ nᵢ, …)
[[nodiscard]] Tensor concat(const std::vector<Tensor>& parts, int axis = 0);
/// Along a new axis.    k × (…) -> (…, k, …)
[[nodiscard]] Tensor stack(const std::vector<Tensor>& parts, int axis = 0);
// concat({a, b}) of tensors is one of tensors, where variables would do as well.
[[nodiscard]] inline Tensor concat(std::initializer_list<Tensor> parts, int axis = 0) {
  return concat(std::vector<Tensor>(parts), axis);
}
[[nodiscard]] inline Tensor stack(std::initializer_list<Tensor> parts, int axis = 0) {
  return stack(std::vector<Tensor>(parts), axis);
}
/// Into `sections` equal parts, views. Throws ShapeError if the extent cannot be divided, or for more than
/// kMostParts.
inline constexpr std::int64_t kMostParts = std::int64_t{1} << 20;
[[nodiscard]] std::vector<Tensor> split(const Tensor& x, std::int64_t sections, int axis = 0);
/// Into parts of the given extents, views; they must add up.
[[nodiscard]] std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& extents,
                                        int axis = 0);

/// The parts x[…, i, …] for each i of `indices`, int64 of shape (n); negative ones count from the end.
/// (…, m, …) -> (…, n, …). Throws IndexError.
[[nodiscard]] Tensor take(const Tensor& x, const Tensor& indices, int axis = 0);
/// The adjoint of take: zeros of the given extent along the axis, to which x[…, k, …] is added at indices[k].
[[nodiscard]] Tensor put_add(const Tensor& x, const Tensor& indices, int axis, std::int64_t extent);

/// With `value` around it: pads[i] = {before, after} elements along axis i; axes without an entry stay.
[[nodiscard]] Tensor pad(const Tensor& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& pads,
                         double value = 0.0);
/// The adjoint of slice: zeros of `shape`, with x where slice(…, slices) would look.
[[nodiscard]] Tensor unslice(const Tensor& x, const Shape& shape, const std::vector<Slice>& slices);

/// a where the condition, uint8, is not 0, else b; all three are broadcast.
[[nodiscard]] Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

}  // namespace hourglass
