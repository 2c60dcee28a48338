#pragma once

#include <hourglass/tensor/kernels/activations.h>
#include <hourglass/tensor/kernels/product/product.h>
#include <hourglass/tensor/kernels/reduce.h>

#include <algorithm>

/// The gradients of y = f(x W + b) in two passes: dz = dy f'(z) with its sum, then both products side by
/// side.
namespace hourglass::detail {

/// dz = f's slope at (dy, y), rows of a matrix, and db = Σ over rows of dz. dz may be dy. Sums of a fixed
/// number of rows are added in their order.
template <class T>
void slope_and_sum(Epilogue f, std::int64_t rows, std::int64_t columns, const T* dy, const T* y, T* dz,
                   T* db) {
  constexpr std::int64_t kRows = 32;
  const std::int64_t pieces = (rows + kRows - 1) / kRows;
  Buffer<double> sums(pieces * columns, 0.0), total(columns, 0.0);
  const std::int64_t work = std::max<std::int64_t>(std::min(rows, kRows) * columns, 1);
  with_activation(f, [&]<class F>(F) {
    parallel_ranges(pieces, std::max<std::int64_t>(kGrain / work, 1),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t i = begin; i < end; ++i) {
                        const std::int64_t row = i * kRows, at = row * columns;
                        slope_rows<F>(dy + at, y + at, dz + at, std::min(kRows, rows - row), columns,
                                      sums.data() + i * columns);
                      }
                    });
  });
  fold_middle<Add<double>>(sums.data(), {1, pieces, columns}, static_cast<const double*>(nullptr),
                           total.data());
  std::transform(total.begin(), total.end(), db, [](double v) { return static_cast<T>(v); });
}

/// Calls compute for all tiles of two products, evenly mixed, so that every part of them has its share of
/// each.
template <class T>
void compute_both(const Product<T>& first, const Product<T>& second) {
  const std::int64_t of_first = first.tiles(), all = of_first + second.tiles();
  parallel_for(all, [&](std::int64_t i) {
    const std::int64_t before = i * of_first / all;
    (i + 1) * of_first / all > before ? first.compute(before) : second.compute(i - before);
  });
}

}  // namespace hourglass::detail
