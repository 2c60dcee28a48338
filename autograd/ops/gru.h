#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/gru.h>

#include <optional>

namespace hourglass {

/// The states h of a layer of gated recurrent units at all steps, see tensor/ops/gru.h.
/// a (T, N, 3 units) = x W + b, u (units, 3 units), b (3 units), start (N, units) -> (T, N, units)
///
/// With da, dm, back through time:  dU = Σ_t h_{t−1}ᵀ dm_t, db = Σ dm.
[[nodiscard]] Variable gru(const Variable& a, const Variable& u, const std::optional<Variable>& b = {},
                           const std::optional<Variable>& start = {}, GruOptions options = {});

}  // namespace hourglass
