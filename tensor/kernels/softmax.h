#pragma once

#include <hourglass/tensor/base/rows.h>
#include <hourglass/tensor/kernels/reduce.h>

#include <cmath>

/// y = eˣ / Σ eˣ along the middle axis of an array (outer, n, inner), and its logarithm, with the largest x
/// taken off first so that nothing overflows.
namespace hourglass::detail {

// y of z = x - max x, its exponential and what total() makes of the sum of those.
struct Softmax {
  template <class T>
  static T total(double sum) {
    return static_cast<T>(sum);
  }
  template <class T>
  static T value(T /*z*/, T exp_z, T total) {
    return exp_z / total;
  }
};

struct LogSoftmax {
  template <class T>
  static T total(double sum) {
    return static_cast<T>(std::log(sum));
  }
  template <class T>
  static T value(T z, T /*exp_z*/, T log_total) {
    return z - log_total;
  }
};

/// Along a row.
template <class Function, class T>
void softmax_row(const T* x, T* y, std::int64_t n) {
  dispatch([=](auto /*set*/) {
    const T top = fold_lanes<Larger<T>>(x, n);
    for (std::int64_t i = 0; i < n; ++i) y[i] = math::exp(x[i] - top);
    const T total = Function::template total<T>(fold_lanes<Add<T>>(y, n));
    for (std::int64_t i = 0; i < n; ++i) y[i] = Function::value(x[i] - top, y[i], total);
  });
}

/// Down n rows, `stride` apart, of at most kColumns columns, which lie in the lanes.
template <class Function, class T>
void softmax_columns(const T* x, T* y, std::int64_t n, std::int64_t stride, std::int64_t columns) {
  dispatch([=](auto /*set*/) {
    const ColumnSums rows(n, stride, columns);
    std::array<T, kColumns> top, total;
    std::array<double, kColumns> sum{};
    top.fill(Larger<T>::start());
    rows.down([&](std::int64_t at, std::size_t count) __attribute__((always_inline)) {
      for (std::size_t j = 0; j < count; ++j) top[j] = Larger<T>::step(top[j], (x + at)[j]);
    });
    rows.add_up<Larger<T>>(top, top.data());
    rows.repeat(top);
    rows.down([&](std::int64_t at, std::size_t count) __attribute__((always_inline)) {
      for (std::size_t j = 0; j < count; ++j) (y + at)[j] = math::exp((x + at)[j] - top[j]);
      for (std::size_t j = 0; j < count; ++j) sum[j] = Add<T>::step(sum[j], (y + at)[j]);
    });
    rows.add_up<Add<T>>(sum, sum.data());
    for (std::size_t j = 0; j < static_cast<std::size_t>(columns); ++j)
      total[j] = Function::template total<T>(sum[j]);
    rows.repeat(total);
    rows.down([&](std::int64_t at, std::size_t count) __attribute__((always_inline)) {
      for (std::size_t j = 0; j < count; ++j)
        (y + at)[j] = Function::value((x + at)[j] - top[j], (y + at)[j], total[j]);
    });
  });
}

/// All of it; n > 0 and inner > 0.
template <class Function, class T>
void softmax_middle(const T* x, T* y, const Middle& e) {
  const std::int64_t blocks = (e.inner + kColumns - 1) / kColumns, width = std::min(e.inner, kColumns);
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / 4 / e.n / width);
  parallel_ranges(e.outer * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t column = i % blocks * kColumns, first = i / blocks * e.n * e.inner + column;
      if (e.inner == 1) {
        softmax_row<Function>(x + first, y + first, e.n);
      } else {
        softmax_columns<Function>(x + first, y + first, e.n, e.inner, std::min(kColumns, e.inner - column));
      }
    }
  });
}

}  // namespace hourglass::detail
