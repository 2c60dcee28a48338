#pragma once

#include <cstdint>

/// A layer of LSTM over a whole sequence, time first: arrays (steps, rows, …). A part of the rows goes
/// through all steps on one thread, so nobody waits for anybody between steps.
namespace hourglass::detail {

struct LstmExtents {
  std::int64_t steps, rows, units;
};

/// The states before the first step, (rows, units) each; zeros where they are null.
template <class T>
struct LstmStart {
  const T *h = nullptr, *c = nullptr;
};

/// `gates` (4 units) hold what the inputs give and get the values of i, f, g, o; c and h are written. u
/// (units, 4 units).
template <class T>
void lstm_forward(const LstmExtents& n, const T* u, T* gates, T* c, T* h, LstmStart<T> start = {});

/// dz (4 units), the gradient of what the inputs gave, from dh and, if it is not null, dc. dc_start (rows,
/// units), that of the cell before the first step, may be null.
template <class T>
void lstm_backward(const LstmExtents& n, const T* dh, const T* dc, const T* u, const T* c, const T* gates,
                   T* dz, LstmStart<T> start = {}, T* dc_start = nullptr);

}  // namespace hourglass::detail
