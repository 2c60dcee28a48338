#pragma once

#include <cstdint>

/// A layer of GRU over a whole sequence, time first: arrays (steps, rows, …). A part of the rows goes through
/// all steps on one thread, so nobody waits for anybody between steps.
namespace hourglass::detail {

struct GruExtents {
  std::int64_t steps, rows, units;
  bool reset_after;
};

/// `gates` (3 units) hold what the inputs give and get the values of z, r, n; h is written. u (units, 3
/// units), start (rows, units), zeros if null. With reset_after, b (3 units, zeros if null) is added to h U,
/// and the last third of that is written to m (units).
template <class T>
void gru_forward(const GruExtents& n, const T* u, const T* b, const T* start, T* gates, T* h, T* m);

/// From dh: da (3 units), the gradient of what the inputs gave, dm (3 units) that of h U + b, and dh_start
/// (rows, units). Without reset_after both m and dm are null.
template <class T>
void gru_backward(const GruExtents& n, const T* dh, const T* u, const T* start, const T* gates, const T* h,
                  const T* m, T* da, T* dm, T* dh_start);

}  // namespace hourglass::detail
