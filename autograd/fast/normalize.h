#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/normalize.h>

#include <optional>

namespace hourglass::fast {

/// The gradients of batch_norm and layer_norm by the moments of x itself: dx needs the sums that dγ and dβ
/// are. Empty where only β is wanted, which needs no x.
[[nodiscard]] FastPath batch_norm(const Variable& x, const std::optional<Variable>& gamma,
                                  const Moments& moments, double epsilon);
[[nodiscard]] FastPath layer_norm(const Variable& x, const std::optional<Variable>& gamma,
                                  const Moments& moments, double epsilon);

}  // namespace hourglass::fast
