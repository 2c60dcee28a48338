#pragma once

#include <hourglass/tensor/base/clones.h>
#include <hourglass/tensor/base/lanes.h>
#include <hourglass/tensor/kernels/product/matrix.h>

#include <array>

/// GEMM of a few rows, for one example at a time. The matrix is read once, from where it is; a general
/// product would copy all of it into another order first.
namespace hourglass::detail {

inline constexpr std::int64_t kFewRows = 4;

/// z (R, B · 16) = a (R, k) b (k, …) at columns [column, column + B · 16).
template <class T, int R, int B>
[[gnu::always_inline]] inline void few_rows_block(std::int64_t k, const Matrix<T>& a, const T* b,
                                                  std::int64_t b_stride, T* c, std::int64_t c_stride) {
  Lanes<T> z[R][B] = {};
  const std::int64_t next_row = a.down(), next = a.along();
  for (std::int64_t i = 0; i < k; ++i) {
    for (int block = 0; block < B; ++block) {
      const Lanes<T> of_b = lanes(b + i * b_stride + block * kLanes);
      for (int r = 0; r < R; ++r) z[r][block] += a.data[r * next_row + i * next] * of_b;
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int block = 0; block < B; ++block) lanes(c + r * c_stride + block * kLanes) = z[r][block];
  }
}

/// C (R, n) = A (R, k) B (k, n), all as in gemm; b is not transposed.
template <class T, int R>
HOURGLASS_CLONES void few_rows(std::int64_t n, std::int64_t k, const Matrix<T>& a, const T* b,
                               std::int64_t b_stride, T* c, std::int64_t c_stride) {
  std::int64_t j = 0;
  for (; j + 4 * kLanes <= n; j += 4 * kLanes)
    few_rows_block<T, R, 4>(k, a, b + j, b_stride, c + j, c_stride);
  for (; j + kLanes <= n; j += kLanes) few_rows_block<T, R, 1>(k, a, b + j, b_stride, c + j, c_stride);
  const std::int64_t next_row = a.down(), next = a.along();
  for (int r = 0; r < R; ++r) {
    std::array<T, kLanes> z{};
    for (std::int64_t i = 0; i < k; ++i) {
      const T v = a.data[r * next_row + i * next];
      for (std::int64_t l = 0; l < n - j; ++l) z[static_cast<std::size_t>(l)] += v * b[i * b_stride + j + l];
    }
    for (std::int64_t l = 0; l < n - j; ++l) c[r * c_stride + j + l] = z[static_cast<std::size_t>(l)];
  }
}

/// The same for m rows, 1 to kFewRows.
template <class T>
void few_rows_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a, const T* b,
                   std::int64_t b_stride, T* c, std::int64_t c_stride) {
  switch (m) {
    case 1:
      return few_rows<T, 1>(n, k, a, b, b_stride, c, c_stride);
    case 2:
      return few_rows<T, 2>(n, k, a, b, b_stride, c, c_stride);
    case 3:
      return few_rows<T, 3>(n, k, a, b, b_stride, c, c_stride);
    default:
      return few_rows<T, 4>(n, k, a, b, b_stride, c, c_stride);
  }
}

}  // namespace hourglass::detail
