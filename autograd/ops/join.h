#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/join.h>

/// The functions of tensor/ops/join.h for variables. Beside each, its gradient.
namespace hourglass {

[[nodiscard]] Variable concat(const std::vector<Variable>& parts,
                              int axis = 0);  // each part's dx is its slice of dy
[[nodiscard]] Variable stack(const std::vector<Variable>& parts, int axis = 0);
[[nodiscard]] std::vector<Variable> split(const Variable& x, std::int64_t sections, int axis = 0);  // slices
[[nodiscard]] std::vector<Variable> split(const Variable& x, const std::vector<std::int64_t>& extents,
                                          int axis = 0);
[[nodiscard]] Variable take(const Variable& x, const Tensor& indices, int axis = 0);  // dx = put_add(dy)
[[nodiscard]] Variable put_add(const Variable& x, const Tensor& indices, int axis,
                               std::int64_t extent);  // dx = take(dy)
[[nodiscard]] Variable pad(const Variable& x, const std::vector<std::pair<std::int64_t, std::int64_t>>& pads,
                           double value = 0.0);  // dx = slice(dy)
[[nodiscard]] Variable unslice(const Variable& x, const Shape& shape,
                               const std::vector<Slice>& slices);  // dx = slice(dy)
[[nodiscard]] Variable where(const Tensor& condition, const Variable& a,
                             const Variable& b);  // da = dy where true, else 0
/// The constant 0 in dy's form: for where() in formulas. (dy · 0 would be nan where dy is inf or nan.)
[[nodiscard]] Variable no_gradient(const Variable& dy);

}  // namespace hourglass
