#pragma once

#include <hourglass/tensor/base/lanes.h>
#include <hourglass/tensor/kernels/product/matrix.h>

#include <algorithm>
#include <array>
#include <bit>

/// GEMM of a few rows, for one example at a time. The matrix is read once, from where it is; a general
/// product would copy all of it into another order first.
namespace hourglass::detail {

inline constexpr std::int64_t kFewRows = 4;

/// z (R, B registers of N) = a (R, k) b (k, …) at columns [column, column + B · N).
template <class T, std::int64_t N, int R, int B>
[[gnu::always_inline]] inline void few_rows_block(std::int64_t k, const Matrix<T>& a, const T* b,
                                                  std::int64_t b_stride, T* c, std::int64_t c_stride) {
  Lanes<T, N> z[R][B] = {};
  const std::int64_t next_row = a.down(), next = a.along();
  for (std::int64_t i = 0; i < k; ++i) {
    for (int block = 0; block < B; ++block) {
      const Lanes<T, N> of_b = lanes<N>(b + i * b_stride + block * N);
      for (int r = 0; r < R; ++r) z[r][block] += a.data[r * next_row + i * next] * of_b;
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int block = 0; block < B; ++block) lanes<N>(c + r * c_stride + block * N) = z[r][block];
  }
}

/// Registers of a row that are summed up side by side.
template <class T>
[[nodiscard]] constexpr int registers_of_row(Instructions set, unsigned rows) {
  const unsigned in_all = set == Instructions::avx512 || set == Instructions::neon ? 24 : 12;
  return std::min(static_cast<int>(std::bit_floor(in_all / rows)), static_cast<int>(64 / lanes_of<T>(set)));
}

/// C (R, n) = A (R, k) B (k, n), all as in gemm; b is not transposed.
template <class T, int R>
void few_rows(std::int64_t n, std::int64_t k, const Matrix<T>& a, const T* b, std::int64_t b_stride, T* c,
              std::int64_t c_stride) {
  dispatch([=](auto set) {
    constexpr std::int64_t kOne = lanes_of<T>(set);
    constexpr int kSide = registers_of_row<T>(set, R);
    std::int64_t j = 0;
    for (; j + kSide * kOne <= n; j += kSide * kOne)
      few_rows_block<T, kOne, R, kSide>(k, a, b + j, b_stride, c + j, c_stride);
    for (; j + kOne <= n; j += kOne) few_rows_block<T, kOne, R, 1>(k, a, b + j, b_stride, c + j, c_stride);
    const std::int64_t next_row = a.down(), next = a.along();
    for (int r = 0; r < R; ++r) {
      std::array<T, kOne> z{};
      for (std::int64_t i = 0; i < k; ++i) {
        const T v = a.data[r * next_row + i * next];
        for (std::int64_t l = 0; l < n - j; ++l)
          z[static_cast<std::size_t>(l)] += v * b[i * b_stride + j + l];
      }
      for (std::int64_t l = 0; l < n - j; ++l) c[r * c_stride + j + l] = z[static_cast<std::size_t>(l)];
    }
  });
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
