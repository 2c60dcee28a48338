#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/linalg.h>

#include <optional>

namespace hourglass {

/// y = a b    (…, M, K)(…, K, N) -> (…, M, N);    dA = dY Bᵀ, dB = Aᵀ dY, summed over broadcast leading axes.
[[nodiscard]] Variable matmul(const Variable& a, const Variable& b);

/// y = f(x W + b)    (M, K)(K, N) + (N) -> (M, N), one pass and one node.
/// With dz = dy f'(z):  dX = dZ Wᵀ, dW = Xᵀ dZ, db = Σ_rows dZ. f' is computed from y alone.
[[nodiscard]] Variable affine(const Variable& x, const Variable& w, const std::optional<Variable>& b,
                              Epilogue f = Epilogue::none);

}  // namespace hourglass
