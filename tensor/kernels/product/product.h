#pragma once

#include <hourglass/tensor/kernels/activations.h>
#include <hourglass/tensor/kernels/product/blas.h>
#include <hourglass/tensor/kernels/product/few_rows.h>
#include <hourglass/tensor/kernels/product/naive.h>
#include <hourglass/tensor/kernels/product/packed.h>
#include <hourglass/tensor/kernels/product/tile.h>

#include <algorithm>
#include <type_traits>

namespace hourglass::detail {

/// C (m, n) = A (m, k) B (k, n), with `accumulate` C += A B, on this thread, by whatever is fastest there.
/// What lies `beside` may be prefetched meanwhile.
template <class T>
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a, const Matrix<T>& b, T* c,
          std::int64_t stride, bool accumulate = false, const Beside& beside = {}) {
  if (k == 0) {
    naive_gemm(m, n, k, a, b, c, stride, accumulate);  // zeros
  } else if (m <= kFewRows && !b.transposed && !accumulate) {
    few_rows_gemm(m, n, k, a, b.data, b.stride, c, stride);
  } else if (std::is_same_v<T, float> && has_register_tiles()) {
    if constexpr (std::is_same_v<T, float>) packed_gemm(m, n, k, a, b, c, stride, accumulate, beside);
  } else {
    blas::gemm(m, n, k, a, b, c, stride, accumulate);
  }
}

/// y (m, n) = f(a (m, k) b (k, n) + bias), cut into tiles that are computed one by one, each on one thread.
template <class T>
class Product {
 public:
  Product(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<T>& a, const Matrix<T>& b, T* y,
          const T* bias = nullptr, Epilogue f = Epilogue::none)
      : m_(m), n_(n), k_(k), a_(a), b_(b), y_(y), bias_(bias), f_(f) {
    constexpr double kWorthTwo = 2.0e6;  // flops below which a second thread does not pay
    if (2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) >= kWorthTwo) cut();
  }

  [[nodiscard]] std::int64_t tiles() const { return m_ == 0 || n_ == 0 ? 0 : down_ * across_; }

  void compute(std::int64_t tile) const {
    const auto [i, rows] = part(m_, down_, 4, tile / across_);
    const auto [j, columns] = part(n_, across_, kStep, tile % across_);
    T* const to = y_ + i * n_ + j;
    gemm(rows, columns, k_, from(a_, i, 0), from(b_, 0, j), to, n_);
    if (!bias_ && f_ == Epilogue::none) return;
    for (std::int64_t r = 0; r < rows; ++r)
      apply_epilogue(f_, bias_ ? bias_ + j : nullptr, to + r * n_, to + r * n_, columns);
  }

 private:
  static constexpr std::int64_t kStep = 16;
  struct Part {
    std::int64_t first, length;
  };

  // Each tile packs its share of both operands, so tiles stay as square and as large as leaves enough of
  // them: a small product gives two, a large one many. Where b is small, rows are cut first: what follows
  // works by rows too, and finds them on the core that made them.
  void cut() {
    constexpr std::int64_t kWide = 256, kSmall = std::int64_t{64} << 10, kManyRows = 128;
    const bool by_rows = m_ >= kManyRows && n_ * k_ <= kSmall;
    for (bool first = true;; first = false) {
      const std::int64_t rows = m_ / down_, columns = n_ / across_;
      const bool of_rows = rows >= columns || (first && by_rows);
      const std::int64_t longer = of_rows ? rows : columns;
      if ((!first && longer <= kWide) || longer < 2 * kStep) return;
      (of_rows ? down_ : across_) *= 2;
    }
  }

  // The i-th of `count` almost equal parts that begin at multiples of `step`.
  static Part part(std::int64_t extent, std::int64_t count, std::int64_t step, std::int64_t i) {
    const auto edge = [&](std::int64_t at) {
      return at == count ? extent : extent / step * at / count * step;
    };
    return {edge(i), edge(i + 1) - edge(i)};
  }

  std::int64_t m_, n_, k_;
  std::int64_t down_ = 1, across_ = 1;  // tiles
  Matrix<T> a_, b_;
  T* y_;
  const T* bias_;
  Epilogue f_;
};

}  // namespace hourglass::detail
