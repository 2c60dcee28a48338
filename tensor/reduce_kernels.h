#pragma once

#include <hourglass/tensor/map.h>
#include <hourglass/tensor/reduce.h>

/// The loops under the reductions. A tensor is seen as (outer, n, inner), of which the middle axis goes; what is combined is
/// told by a fold with the members
///
///     using Sum = double;                           what is carried along
///     static Sum start();                           its value over no elements
///     static Sum step(Sum sum, T x);                one element more
///     static Sum merge(Sum a, Sum b);               two stretches together
namespace hourglass::detail {

inline constexpr std::int64_t kLanes = 16;      // sums side by side in a row, so that they fill vector registers
inline constexpr std::int64_t kStretch = 65536;  // elements that are folded before they are merged, in fixed order
inline constexpr std::int64_t kColumns = 256;    // columns folded side by side

template <class Fold, class T, class Sum = typename Fold::Sum>
HOURGLASS_CLONES Sum fold_row(const T* x, std::int64_t n) {
  std::array<Sum, kLanes> sums;
  sums.fill(Fold::start());
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) {
      auto& sum = sums[static_cast<std::size_t>(l)];
      sum = Fold::step(sum, x[i + l]);
    }
  }
  for (; i < n; ++i) sums[0] = Fold::step(sums[0], x[i]);
  Sum sum = sums[0];
  for (std::size_t l = 1; l < sums.size(); ++l) sum = Fold::merge(sum, sums[l]);
  return sum;
}

template <class Fold, class T, class Sum = typename Fold::Sum>
HOURGLASS_CLONES void fold_columns(const T* x, std::int64_t n, std::int64_t stride, std::int64_t columns, Sum* out) {
  std::array<Sum, kColumns> sums;
  sums.fill(Fold::start());
  for (std::int64_t i = 0; i < n; ++i) {
    const T* const row = x + i * stride;
    for (std::int64_t j = 0; j < columns; ++j) {
      sums[static_cast<std::size_t>(j)] = Fold::step(sums[static_cast<std::size_t>(j)], row[j]);
    }
  }
  for (std::int64_t j = 0; j < columns; ++j) out[j] = sums[static_cast<std::size_t>(j)];
}

/// A contiguous tensor as (outer, n, inner), and the shape of the result with and without the reduced axes.
struct Reduction {
  Reduction(const char* op, const Tensor& x, const Axes& axes);
  Tensor x;
  std::int64_t outer = 1, n = 1, inner = 1;
  Shape kept, reduced;
  [[nodiscard]] const Shape& shape(bool keepdims) const { return keepdims ? kept : reduced; }
};

/// Folds the middle axis away:  (outer, n, inner) -> (outer · inner), of type Sum.
template <class Fold, class T>
Tensor fold(const Reduction& r) {
  using Sum = typename Fold::Sum;
  const std::int64_t width = std::min(r.inner, kColumns);
  const std::int64_t length = std::max<std::int64_t>(1, kStretch / std::max<std::int64_t>(width, 1));
  const std::int64_t stretches = std::max<std::int64_t>(1, (r.n + length - 1) / length);
  const std::int64_t blocks = (r.inner + kColumns - 1) / kColumns;
  Tensor partial({r.outer * stretches * r.inner}, dtype_of<Sum>);
  if (partial.size() == 0) return partial;
  const T* const x = r.x.data<T>();
  Sum* const to = partial.mutable_data<Sum>();
  const std::int64_t work = std::max<std::int64_t>(std::min(length, r.n) * width, 1);
  parallel_ranges(r.outer * stretches * blocks, std::max<std::int64_t>(1, kGrain / work), [&](std::int64_t a, std::int64_t b) {
    for (std::int64_t i = a; i < b; ++i) {
      const std::int64_t block = i % blocks, stretch = i / blocks % stretches, o = i / blocks / stretches;
      const std::int64_t first = stretch * length, count = std::min(length, r.n - first), column = block * kColumns;
      const T* const from = x + (o * r.n + first) * r.inner + column;
      Sum* const out = to + (o * stretches + stretch) * r.inner + column;
      if (r.inner == 1) {
        *out = fold_row<Fold>(from, count);
      } else {
        fold_columns<Fold>(from, count, r.inner, std::min(kColumns, r.inner - column), out);
      }
    }
  });
  if (stretches == 1) return partial;
  Tensor merged({r.outer * r.inner}, dtype_of<Sum>);
  Sum* const out = merged.mutable_data<Sum>();
  for (std::int64_t o = 0; o < r.outer; ++o) {
    for (std::int64_t j = 0; j < r.inner; ++j) {
      Sum sum = to[o * stretches * r.inner + j];
      for (std::int64_t s = 1; s < stretches; ++s) sum = Fold::merge(sum, to[(o * stretches + s) * r.inner + j]);
      out[o * r.inner + j] = sum;
    }
  }
  return merged;
}

}  // namespace hourglass::detail
