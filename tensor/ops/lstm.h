#pragma once

#include <hourglass/tensor/tensor.h>

/// Long short-term memory (Hochreiter & Schmidhuber 1997; with the forget gate of Gers et al. 2000): one
/// layer over a whole sequence. From what the inputs bring, z_t, for t = 0, 1, … with h₋₁ = c₋₁ = 0
/// unless they are given
///
///     i, f, g, o = σ, σ, tanh, σ   of the four quarters of z_t + h_{t−1} U
///     c_t = f c_{t−1} + i g
///     h_t = o tanh c_t
///
/// Time is the first axis here, so that a step is one stretch of memory.
namespace hourglass {

struct LstmStates {
  Tensor h, c;   // (T, N, units)
  Tensor gates;  // (T, N, 4 units): i, f, g, o
};

/// The states before the first step, (N, units) each.
struct LstmStart {
  Tensor h, c;
};

/// All steps.    z (T, N, 4 units) = x W + b, u (units, 4 units)
///
/// The gates take z's memory where nobody else has it. Throws ShapeError or DTypeError if z and u do not fit.
/// Method: a part of the batch goes through all steps by itself, on one thread.
[[nodiscard]] LstmStates lstm(Tensor z, const Tensor& u, const LstmStart* start = nullptr);

/// The gradient with respect to z, back through time.    dh, c (T, N, units) -> dz (T, N, 4 units)
///
///     dh_t += dz_{t+1} Uᵀ
///     dc_t  = dh_t o (1 − tanh² c_t) + f_{t+1} dc_{t+1}
///     dz_t  = dc_t g i (1 − i),  dc_t c_{t−1} f (1 − f),  dc_t i (1 − g²),  dh_t tanh(c_t) o (1 − o)
[[nodiscard]] Tensor lstm_grad(const Tensor& dh, const Tensor& u, const Tensor& c, const Tensor& gates);

/// The gradients of a layer that was given a start, and whose cells c were used too: dc (T, N, units) is what
/// came to them from elsewhere.
struct LstmGradients {
  Tensor z, h, c;  // (T, N, 4 units); of the start, (N, units)
};
[[nodiscard]] LstmGradients lstm_gradients(const Tensor& dh, const Tensor& dc, const Tensor& u,
                                           const LstmStates& states, const LstmStart& start);

}  // namespace hourglass
