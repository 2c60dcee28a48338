#pragma once

#include <hourglass/tensor/tensor.h>

/// Parts of matrices, and products of vectors; NumPy's functions of the same names, for every type. The k-th
/// diagonal has the elements [i, i + k]: k = 0 is the main one, k > 0 above it, k < 0 below.
namespace hourglass {

/// Zero above, below the k-th diagonal of the last two axes.    (…, M, N) -> (…, M, N)
/// Throws ShapeError unless there are two axes or more.
[[nodiscard]] Tensor tril(const Tensor& x, std::int64_t k = 0);
[[nodiscard]] Tensor triu(const Tensor& x, std::int64_t k = 0);

/// The elements whose index along axis2 is k more than along axis1, as a new last axis; a view, empty where k
/// is beyond the edge. Throws ShapeError unless there are two different axes.
[[nodiscard]] Tensor diagonal(const Tensor& x, std::int64_t k = 0, int axis1 = 0, int axis2 = 1);
/// The adjoint of diagonal: zeros of `shape` with x on that diagonal. Throws ShapeError unless x has its
/// shape.
[[nodiscard]] Tensor put_diagonal(const Tensor& x, const Shape& shape, std::int64_t k = 0, int axis1 = 0,
                                  int axis2 = 1);
/// A vector as the k-th diagonal of a matrix of zeros, or the k-th diagonal of a matrix.
/// (N) -> (N + |k|, N + |k|),  (M, N) -> (L). Throws ShapeError unless there are one or two axes.
[[nodiscard]] Tensor diag(const Tensor& x, std::int64_t k = 0);

/// y[i, j] = a[i] b[j] of the flattened operands.    sizes M, N -> (M, N)
[[nodiscard]] Tensor outer(const Tensor& a, const Tensor& b);
/// Σ over the last axis of a and the last but one of b (its only one if it is a vector); with a scalar, the
/// product.    (K)(K) -> (),  (…, K)(K) -> (…),  (…, M, K)(…', K, N) -> (…, M, …', N)
/// Integers are summed as int64. Throws ShapeError if the K differ.
[[nodiscard]] Tensor dot(const Tensor& a, const Tensor& b);

namespace detail {
/// The shape of diag of n elements; dot as einsum writes it, "az,zA->aA". For variables too.
[[nodiscard]] Shape diag_shape(std::int64_t n, std::int64_t k);
[[nodiscard]] std::string dot_subscripts(const Shape& a, const Shape& b);
}  // namespace detail

}  // namespace hourglass
