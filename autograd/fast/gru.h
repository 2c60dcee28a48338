#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/gru.h>

#include <optional>

namespace hourglass::fast {

/// The gradients of h = gru(a, u, b, start), back through time in one pass, from the gates that the forward
/// pass has left. Of b and start those that are there follow on u, in this order.
[[nodiscard]] FastPath gru(const Variable& u, const std::optional<Variable>& start, bool has_b,
                           const GruStates& states, GruOptions options);

}  // namespace hourglass::fast
