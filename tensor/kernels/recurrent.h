#pragma once

#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/kernels/product/product.h>

#include <algorithm>
#include <cstdint>

/// What layers that run through time have in common.
namespace hourglass::detail {

/// u (rows, columns) or its transpose, copied so that its rows keep their distance from the multiples of 1
/// KB, which would all want the same few places of L1.
template <class T>
struct Spread {
  Spread(const Matrix<T>& u, std::int64_t rows, std::int64_t columns)
      : stride(columns % 256 == 0 ? columns + 16 : columns), held(rows * stride) {
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) held.data()[i * stride + j] = u.at(i, j);
    }
  }
  [[nodiscard]] Matrix<T> matrix() const { return {held.data(), stride, false}; }
  std::int64_t stride;
  Buffer<T> held;
};

/// Those of the products h U of all steps, there or back, for so many gates.
inline double recurrent_flops(std::int64_t steps, std::int64_t rows, std::int64_t units, int gates) {
  return 2.0 * gates * static_cast<double>(steps * rows) * static_cast<double>(units * units);
}

/// Calls f(first row, rows) for the parts of a batch.
template <class F>
void for_row_parts(std::int64_t rows, double flops, F&& f) {
  constexpr std::int64_t kRows = 32;   // enough for the product of a step, few enough for several threads
  constexpr double kWorthTwo = 2.0e6;  // flops below which a second thread does not pay
  parallel_ranges(rows, flops < kWorthTwo ? std::max<std::int64_t>(rows, 1) : kRows,
                  [&](std::int64_t begin, std::int64_t end) { f(begin, end - begin); });
}

}  // namespace hourglass::detail
