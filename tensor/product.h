#pragma once

#include <hourglass/tensor/blas.h>
#include <hourglass/tensor/register_product.h>
#include <hourglass/tensor/register_tile.h>
#include <hourglass/tensor/thin_product.h>

#include <algorithm>

namespace hourglass::detail {

/// C (m, n) = A (m, k) B (k, n), with `accumulate` C += A B, on this thread, by whatever is fastest there.
template <class T>
void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const blas::Matrix<T>& a,
              const blas::Matrix<T>& b, T* c, std::int64_t stride, bool accumulate = false) {
  if (k == 0) {
    for (std::int64_t row = 0; row < m && !accumulate; ++row) std::fill_n(c + row * stride, n, T{0});
  } else if (m <= kMostThinRows && !b.transposed && !accumulate) {
    thin_product(m, n, k, a, b.data, b.stride, c, stride);
  } else if (std::is_same_v<T, float> && has_register_tiles()) {
    if constexpr (std::is_same_v<T, float>) register_product(m, n, k, a, b, c, stride, accumulate);
  } else {
    blas::gemm(m, n, k, a, b, c, stride, accumulate);
  }
}

}  // namespace hourglass::detail
