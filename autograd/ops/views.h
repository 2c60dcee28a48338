#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/views.h>

/// The views of tensor/views.h for variables. Beside each, its gradient.
namespace hourglass {

[[nodiscard]] Variable reshape(const Variable& x, const Shape& shape);  // dx = reshape(dy, x's shape)
[[nodiscard]] Variable reshape(const Variable& x, std::initializer_list<std::int64_t> shape);
[[nodiscard]] Variable flatten(const Variable& x, int axis = 0);
[[nodiscard]] Variable transpose(const Variable& x);  // dx = transpose(dy)
[[nodiscard]] Variable transpose(const Variable& x, int a, int b);
[[nodiscard]] Variable permute(const Variable& x, const std::vector<int>& axes);    // dx = dy permuted back
[[nodiscard]] Variable slice(const Variable& x, const std::vector<Slice>& slices);  // dx = unslice(dy)
[[nodiscard]] Variable slice(const Variable& x, int axis, Slice s);
[[nodiscard]] Variable flip(const Variable& x, const std::vector<int>& axes = {});  // dx = flip(dy)
[[nodiscard]] Variable squeeze(const Variable& x);  // dx = reshape(dy, x's shape)
[[nodiscard]] Variable squeeze(const Variable& x, int axis);
[[nodiscard]] Variable unsqueeze(const Variable& x, int axis);
[[nodiscard]] Variable broadcast_to(const Variable& x, const Shape& shape);  // dx = sum_to(dy, x's shape)
[[nodiscard]] Variable to(const Variable& x, DType dtype);                   // dx = dy in x's type; floating

}  // namespace hourglass
