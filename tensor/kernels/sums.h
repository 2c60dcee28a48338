#pragma once

#include <hourglass/tensor/base/lanes.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>

/// Sums whose order of additions is fixed, so that their bits are. One long sum waits for each addition
/// before it begins the next and uses one place of a vector register; so a row is dealt to many sums side by
/// side, which are added up at the end. How many, and in which order they come together, is part of the
/// result.
///
/// What is combined is told by a fold: Sum, which is carried along; start(), its value over no elements;
/// step(sum, x), one element more; merge(a, b), two sums together. Everything here is to be inlined into a
/// function given to dispatch (dispatch.h).
namespace hourglass::detail {

template <class T>
struct Add {
  using Sum = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
  static Sum start() { return 0; }
  static Sum step(Sum sum, T x) { return merge(sum, static_cast<Sum>(x)); }
  static Sum merge(Sum a, Sum b) {
    if constexpr (std::is_integral_v<Sum>) {  // wraps around, as add does
      return static_cast<Sum>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    } else {
      return a + b;
    }
  }
};

/// How a row is summed: so many sums side by side, from a length that is worth it; what is left over at the
/// end goes to the first of them or to one each; they come together by halves or one after the other.
struct SumOrder {
  std::int64_t lanes, from_length;
  bool rest_to_first, by_halves;
};
inline constexpr SumOrder kReduceOrder{64, 32, false, true};  // of reductions
inline constexpr SumOrder kPairOrder{16, 16, true, false};    // of losses
inline constexpr SumOrder kNormOrder{16, 16, true, true};     // of layer normalization

/// The fold of n terms; take(sum, i) gives the sum with the i-th.
template <SumOrder Order, class Fold, class Take, class Sum = typename Fold::Sum>
[[gnu::always_inline]] inline Sum sum_terms(std::int64_t n, Take take) {
  if (n < Order.from_length) {
    Sum sum = Fold::start();
    for (std::int64_t i = 0; i < n; ++i) sum = take(sum, i);
    return sum;
  }
  std::array<Sum, Order.lanes> sums;
  sums.fill(Fold::start());
  std::int64_t i = 0;
  for (; i + Order.lanes <= n; i += Order.lanes) {
    for (std::int64_t l = 0; l < Order.lanes; ++l) {
      Sum& sum = sums[static_cast<std::size_t>(l)];
      sum = take(sum, i + l);
    }
  }
  for (std::int64_t l = 0; l < n - i; ++l) {
    Sum& sum = sums[Order.rest_to_first ? 0 : static_cast<std::size_t>(l)];
    sum = take(sum, i + l);
  }
  if constexpr (!Order.by_halves) {
    for (std::size_t l = 1; l < sums.size(); ++l) sums[0] = Fold::merge(sums[0], sums[l]);
  } else {
    for (std::size_t half = sums.size() / 2; half > 0; half /= 2) {
      for (std::size_t l = 0; l < half; ++l) sums[l] = Fold::merge(sums[l], sums[l + half]);
    }
  }
  return sums[0];
}

inline constexpr std::int64_t kColumns = 256;  // columns that are summed up side by side
inline constexpr std::int64_t kWideRow = 64;   // shorter rows without gaps are taken several at a time

/// Rows of a matrix, `stride` apart, whose columns are summed up; each of at most kColumns elements.
struct ColumnSums {
  ColumnSums(std::int64_t rows, std::int64_t stride, std::int64_t columns)
      : rows(rows),
        stride(stride),
        columns(columns),
        together(stride == columns
                     ? std::clamp<std::int64_t>(kWideRow / columns, 1, std::max<std::int64_t>(rows, 1))
                     : 1) {}
  /// Sums that are carried along: those of `together` rows side by side.
  [[nodiscard]] std::size_t width() const { return static_cast<std::size_t>(columns * together); }

  /// Calls take(offset of the first element, elements) down the rows.
  template <class Take>
  [[gnu::always_inline]] void down(Take take) const {
    std::int64_t i = 0;
    for (; i + together <= rows; i += together) take(i * stride, width());
    for (; i < rows; ++i) take(i * stride, static_cast<std::size_t>(columns));
  }
  /// out[j] = what the rows beside each other have for column j, together.
  template <class Fold, class Sum, std::size_t N>
  [[gnu::always_inline]] void add_up(const std::array<Sum, N>& sums, Sum* out) const {
    for (std::int64_t j = 0; j < columns; ++j) {
      out[j] = sums[static_cast<std::size_t>(j)];
      for (std::int64_t k = 1; k < together; ++k)
        out[j] = Fold::merge(out[j], sums[static_cast<std::size_t>(k * columns + j)]);
    }
  }
  /// Gives the rows beside each other what the first has for each column.
  template <class Value, std::size_t N>
  [[gnu::always_inline]] void repeat(std::array<Value, N>& values) const {
    for (auto j = static_cast<std::size_t>(columns); j < width(); ++j)
      values[j] = values[j - static_cast<std::size_t>(columns)];
  }

  std::int64_t rows, stride, columns, together;
};

/// sums[c] += Σ over rows of B · N columns, summed up as T; add(sum, row, block) adds N of them.
template <class T, std::int64_t N, int B, class Take>
[[gnu::always_inline]] inline void add_lanes(std::int64_t rows, double* sums, Take add) {
  Lanes<T, N> sum[B] = {};
  for (std::int64_t i = 0; i < rows; ++i) {
    for (int b = 0; b < B; ++b) add(sum[b], i, b);
  }
  for (int b = 0; b < B; ++b) {
    for (std::int64_t l = 0; l < N; ++l) sums[b * N + l] += static_cast<double>(sum[b][l]);
  }
}

}  // namespace hourglass::detail
