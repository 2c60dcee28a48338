#pragma once

#include <cstdint>

namespace hourglass::detail {

/// A matrix as it lies in memory: row-major with `stride` elements between rows, or the transpose of one.
template <class T>
struct Matrix {
  const T* data;
  std::int64_t stride;
  bool transposed;

  /// Elements between neighbours down a column and along a row.
  [[nodiscard]] std::int64_t down() const { return transposed ? 1 : stride; }
  [[nodiscard]] std::int64_t along() const { return transposed ? stride : 1; }
  [[nodiscard]] T at(std::int64_t row, std::int64_t column) const {
    return data[row * down() + column * along()];
  }
};

/// What of a matrix begins at (row, column).
template <class T>
[[nodiscard]] Matrix<T> from(Matrix<T> x, std::int64_t row, std::int64_t column) {
  x.data += row * x.down() + column * x.along();
  return x;
}

template <class T>
[[nodiscard]] Matrix<T> transposed(Matrix<T> x) {
  x.transposed = !x.transposed;
  return x;
}

}  // namespace hourglass::detail
