#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/lstm.h>

#include <optional>

namespace hourglass {

/// The states h of an LSTM layer at all steps, see tensor/ops/lstm.h, with z = x W + b.
/// x (T, N, features), w (features, 4 units), u (units, 4 units), b (4 units) -> (T, N, units)
///
/// With dz, back through time:  dX = dZ Wᵀ, dW = Xᵀ dZ, dU = Σ_t h_{t−1}ᵀ dz_t, db = Σ dz.
[[nodiscard]] Variable lstm(const Variable& x, const Variable& w, const Variable& u,
                            const std::optional<Variable>& b);

/// The states h and the cells c side by side, of a layer that begins with given ones, from z = x W + b.
/// z (T, N, 4 units), u (units, 4 units), h and c (N, units) -> (T, N, 2 units)
[[nodiscard]] Variable lstm_from(const Variable& z, const Variable& u, const Variable& h, const Variable& c);

}  // namespace hourglass
