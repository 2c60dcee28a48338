#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/matrix.h>

/// The functions of tensor/ops/matrix.h for variables. Beside each, its gradient.
namespace hourglass {

[[nodiscard]] Variable tril(const Variable& x, std::int64_t k = 0);  // dx = tril(dy, k)
[[nodiscard]] Variable triu(const Variable& x, std::int64_t k = 0);  // dx = triu(dy, k)
[[nodiscard]] Variable diagonal(const Variable& x, std::int64_t k = 0, int axis1 = 0,
                                int axis2 = 1);  // dx = put_diagonal(dy)
[[nodiscard]] Variable put_diagonal(const Variable& x, const Shape& shape, std::int64_t k = 0, int axis1 = 0,
                                    int axis2 = 1);                  // dx = diagonal(dy)
[[nodiscard]] Variable diag(const Variable& x, std::int64_t k = 0);  // of a vector dx = diagonal(dy)
[[nodiscard]] Variable outer(const Variable& a, const Variable& b);  // da = dy b, db = dyᵀ a
[[nodiscard]] Variable dot(const Variable& a, const Variable& b);    // as einsum

}  // namespace hourglass
