#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/lstm.h>

namespace hourglass::fast {

/// The gradients of h = lstm(x, w, u, b), back through time in one pass, from the cells and gates that the
/// forward pass has left. `repeated`: all steps of x are one.
[[nodiscard]] FastPath lstm(const Variable& x, const Variable& w, const Variable& u, const LstmStates& states,
                            bool repeated);

/// The gradients of [h, c] = lstm(z, u, start) in the same way, for a layer whose cells are used too.
[[nodiscard]] FastPath lstm_from(const Variable& u, const Variable& h, const Variable& c,
                                 const LstmStates& states);

}  // namespace hourglass::fast
