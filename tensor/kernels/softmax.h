#pragma once

#include <hourglass/tensor/base/rows.h>
#include <hourglass/tensor/kernels/reduce.h>

#include <cmath>

/// y = eˣ / Σ eˣ along a row, and its logarithm, with the largest x taken off first so that nothing
/// overflows.
namespace hourglass::detail {

struct Softmax {
  template <class T>
  HOURGLASS_CLONES static void row(const T* x, T* y, std::int64_t n) {
    const T top = fold_lanes<Larger<T>>(x, n);
    for (std::int64_t i = 0; i < n; ++i) y[i] = math::exp(x[i] - top);
    const T total = static_cast<T>(fold_lanes<Add<T>>(y, n));
    for (std::int64_t i = 0; i < n; ++i) y[i] /= total;
  }
};

struct LogSoftmax {
  template <class T>
  HOURGLASS_CLONES static void row(const T* x, T* y, std::int64_t n) {
    const T top = fold_lanes<Larger<T>>(x, n);
    for (std::int64_t i = 0; i < n; ++i) y[i] = math::exp(x[i] - top);
    const T log_total = static_cast<T>(std::log(fold_lanes<Add<T>>(y, n)));
    for (std::int64_t i = 0; i < n; ++i) y[i] = (x[i] - top) - log_total;
  }
};

/// All rows (rows, n), n > 0.
template <class Function, class T>
void softmax_rows(const T* x, T* y, std::int64_t rows, std::int64_t n) {
  parallel_ranges(rows, std::max<std::int64_t>(1, kGrain / 4 / n), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) Function::row(x + i * n, y + i * n, n);
  });
}

}  // namespace hourglass::detail
