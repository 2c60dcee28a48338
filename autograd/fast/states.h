#pragma once

#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

/// What layers that run through time have in common.
namespace hourglass::fast {

/// (T, N, K) -> (T · N, K)
[[nodiscard]] inline Tensor as_rows(const Tensor& x) {
  return reshape(x, {x.shape(0) * x.shape(1), x.shape(2)});
}

/// h_{t−1} at all steps, the start or zeros at the first.    h (T, N, units), start (N, units) or null
[[nodiscard]] inline Tensor states_before(const Tensor& h, const Tensor* start) {
  const std::int64_t steps = h.shape(0);
  if (steps == 0) return h;
  const Tensor first = start ? unsqueeze(*start, 0) : zeros({1, h.shape(1), h.shape(2)}, h.dtype());
  return concat({first, slice(h, 0, {0, steps - 1})});
}

}  // namespace hourglass::fast
