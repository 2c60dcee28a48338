#pragma once

#include <hourglass/tensor/tensor.h>

#include <initializer_list>
#include <string_view>
#include <vector>

namespace hourglass {

/// Einstein's summation: a letter for each axis of each operand, and for the result those that are kept;
/// over all others the products are summed. As NumPy's einsum:
///
///     einsum("ij,jk->ik", {a, b})      Σ_j a[i, j] b[j, k], the matrix product
///     einsum("bhqd,bhkd->bhqk", …)     dot products of each q with each k
///     einsum("ii->", {a})              the trace: a letter that stands twice takes the diagonal
///     einsum("...i,i", {x, w})         "..." are all other axes, broadcast
///
/// Without "->" the result has "..." and then the letters that stand once, in alphabetical order. Spaces mean
/// nothing. One operand alone may come back as a view. Integers are multiplied and summed as int64.
/// Throws DataError for subscripts that cannot be read, ShapeError where they do not fit the operands,
/// DTypeError for mixed types. Method: from left to right, two operands at a time, as batched matrix
/// products.
[[nodiscard]] Tensor einsum(std::string_view subscripts, const std::vector<Tensor>& operands);
[[nodiscard]] inline Tensor einsum(std::string_view subscripts, std::initializer_list<Tensor> operands) {
  return einsum(subscripts, std::vector<Tensor>(operands));
}

}  // namespace hourglass
