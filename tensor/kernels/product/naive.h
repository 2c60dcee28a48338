#pragma once

#include <hourglass/tensor/kernels/product/matrix.h>

namespace hourglass::detail {

/// C (m, n) = A (m, k) B (k, n) by its definition, or C += A B:
///
///     C[i, j] = Σ_p A[i, p] B[p, j]
///
/// Three loops. What the fast products are held against, and what they fall back to where there is nothing to
/// be fast at.
template <class T>
void naive_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a, const Matrix<T>& b, T* c,
                std::int64_t stride, bool accumulate = false) {
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      T sum = accumulate ? c[i * stride + j] : T{0};
      for (std::int64_t p = 0; p < k; ++p) sum += a.at(i, p) * b.at(p, j);
      c[i * stride + j] = sum;
    }
  }
}

}  // namespace hourglass::detail
