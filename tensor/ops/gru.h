#pragma once

#include <hourglass/tensor/tensor.h>

/// Gated recurrent units (Cho et al. 2014): one layer over a whole sequence. From what the inputs bring, a_t,
/// for t = 0, 1, … with h₋₁ = 0 unless it is given, and m_t = h_{t−1} U + b
///
///     z, r = σ      of the first two thirds of a_t + m_t
///     n    = tanh   of the last third of a_t + r m_t,            the product before the reset (reset_after),
///            or     of that of a_t + (r h_{t−1}) U, without b,   the reset before the product
///     h_t  = z h_{t−1} + (1 − z) n
///
/// The first form is that of cuDNN, PyTorch and Keras's default; the second that of the paper. Time is the
/// first axis here, so that a step is one stretch of memory.
namespace hourglass {

struct GruOptions {
  bool reset_after = true;
};

struct GruStates {
  Tensor h;      // (T, N, units)
  Tensor gates;  // (T, N, 3 units): z, r, n
  Tensor m;      // (T, N, units): the last third of m_t; (0,) without reset_after
};

/// All steps.    a (T, N, 3 units) = x W + b, u (units, 3 units), b (3 units), start (N, units)
///
/// b and start may be null. The gates take a's memory where nobody else has it. Throws ShapeError or
/// DTypeError if they do not fit, DataError for a b without reset_after.
/// Method: a part of the batch goes through all steps by itself, on one thread.
[[nodiscard]] GruStates gru(Tensor a, const Tensor& u, const Tensor* b = nullptr,
                            const Tensor* start = nullptr, GruOptions options = {});

/// The gradients with respect to a, m and the start, back through time.    dh (T, N, units)
///
///     dn = dh_t (1 − z) (1 − n²),  dz = dh_t (h_{t−1} − n) z (1 − z),  dr = dn m_n r (1 − r)
///     da_t = dz, dr, dn,   dm_t = dz, dr, r dn,   dh_{t−1} += dh_t z + dm_t Uᵀ
///
/// Without reset_after dr = (dn U_nᵀ) h_{t−1} r (1 − r), and dm is (0,).
struct GruGradients {
  Tensor a, m, h;  // (T, N, 3 units), the same, (N, units)
};
[[nodiscard]] GruGradients gru_gradients(const Tensor& dh, const Tensor& u, const GruStates& states,
                                         const Tensor* start = nullptr, GruOptions options = {});

}  // namespace hourglass
