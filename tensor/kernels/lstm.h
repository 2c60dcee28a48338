#pragma once

#include <cstdint>

/// A layer of LSTM over a whole sequence, time first: arrays (steps, rows, …). A part of the rows goes
/// through all steps on one thread, so nobody waits for anybody between steps.
namespace hourglass::detail {

struct LstmExtents {
  std::int64_t steps, rows, units;
};

/// `gates` (4 units) hold what the inputs give and get the values of i, f, g, o; c and h are written. u
/// (units, 4 units).
template <class T>
void lstm_forward(const LstmExtents& n, const T* u, T* gates, T* c, T* h);

/// dz (4 units), the gradient of what the inputs gave, from dh.
template <class T>
void lstm_backward(const LstmExtents& n, const T* dh, const T* u, const T* c, const T* gates, T* dz);

}  // namespace hourglass::detail
