#pragma once

#include <hourglass/tensor/base/vector_math.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/reduce.h>

#include <algorithm>
#include <limits>

/// The loops under the reductions. A tensor is seen as (outer, n, inner), of which the middle axis goes; what
/// is combined is told by a fold with the members
///
///     using Sum = double;                           what is carried along
///     static Sum start();                           its value over no elements
///     static Sum step(Sum sum, T x);                one element more,
///     static Sum step(Sum sum, T x, Sum center);    or one more beside a number that belongs to the result's
///     element static Sum merge(Sum a, Sum b);               two stretches together
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

template <class T>
struct AddSquares : Add<double> {
  static double step(double sum, T x) { return sum + static_cast<double>(x) * static_cast<double>(x); }
};

template <class T>
struct AddSquaredDistances : Add<double> {
  static double step(double sum, T x, double center) {
    const double d = static_cast<double>(x) - center;
    return sum + d * d;
  }
};

template <class T>
struct AddExponentials : Add<double> {
  static double step(double sum, T x, double center) {
    return sum + static_cast<double>(math::exp(x - static_cast<T>(center)));
  }
};

// `|` and not `||`: a branch would keep the loop from becoming SIMD code.
template <class T>
struct Larger {
  using Sum = T;
  static T start() {
    return std::is_floating_point_v<T> ? -std::numeric_limits<T>::infinity()
                                       : std::numeric_limits<T>::lowest();
  }
  static T step(T a, T b) { return static_cast<int>(a > b) | static_cast<int>(a != a) ? a : b; }
  static T merge(T a, T b) { return step(a, b); }
};

template <class T>
struct Smaller {
  using Sum = T;
  static T start() {
    return std::is_floating_point_v<T> ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  }
  static T step(T a, T b) { return static_cast<int>(a < b) | static_cast<int>(a != a) ? a : b; }
  static T merge(T a, T b) { return step(a, b); }
};

/// 0 · x is 0 for a finite x and nan otherwise.
template <class T>
struct AddZeroTimes {
  using Sum = T;
  static T start() { return 0; }
  static T step(T sum, T x) { return sum + x * 0; }
  static T merge(T a, T b) { return a + b; }
};

inline constexpr std::int64_t kLanes = 64;  // sums side by side in a row, so that they fill vector registers
inline constexpr std::int64_t kStretch =
    65536;  // elements that are folded before they are merged, in fixed order
inline constexpr std::int64_t kColumns = 256;  // columns folded side by side

template <class Fold, class T, class Sum = typename Fold::Sum>
inline constexpr bool has_center = requires(Sum sum, T x) {
  Fold::step(sum, x, sum);
};

template <class Fold, class T, class Sum>
[[gnu::always_inline]] inline Sum step(Sum sum, T x, [[maybe_unused]] Sum center) {
  if constexpr (has_center<Fold, T>) {
    return Fold::step(sum, x, center);
  } else {
    return Fold::step(sum, x);
  }
}

/// All of a row, to be inlined into a function with HOURGLASS_CLONES.
template <class Fold, class T, class Sum = typename Fold::Sum>
[[gnu::always_inline]] inline Sum fold_lanes(const T* x, std::int64_t n, Sum center = {}) {
  if (n < kLanes / 2) {
    Sum sum = Fold::start();
    for (std::int64_t i = 0; i < n; ++i) sum = step<Fold>(sum, x[i], center);
    return sum;
  }
  std::array<Sum, kLanes> sums;
  sums.fill(Fold::start());
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t l = 0; l < kLanes; ++l) {
      Sum& sum = sums[static_cast<std::size_t>(l)];
      sum = step<Fold>(sum, x[i + l], center);
    }
  }
  for (std::int64_t l = 0; l < n - i; ++l) {
    Sum& sum = sums[static_cast<std::size_t>(l)];
    sum = step<Fold>(sum, x[i + l], center);
  }
  for (std::size_t half = sums.size() / 2; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) sums[l] = Fold::merge(sums[l], sums[l + half]);
  }
  return sums[0];
}

template <class Fold, class T, class Sum = typename Fold::Sum>
HOURGLASS_CLONES Sum fold_row(const T* x, std::int64_t n, Sum center) {
  return fold_lanes<Fold>(x, n, center);
}

/// Rows of `columns` elements, `stride` apart. Short rows without gaps are taken several at a time, as one
/// long row.
template <class Fold, class T, class Sum = typename Fold::Sum>
HOURGLASS_CLONES void fold_columns(const T* x, std::int64_t n, std::int64_t stride, std::int64_t columns,
                                   const Sum* center, Sum* out) {
  const std::int64_t group =
      stride == columns ? std::clamp<std::int64_t>(kLanes / columns, 1, std::max<std::int64_t>(n, 1)) : 1;
  const auto width = static_cast<std::size_t>(columns * group);
  std::array<Sum, kColumns> sums, centers;
  for (std::size_t j = 0; j < width; ++j) {
    sums[j] = Fold::start();
    if constexpr (has_center<Fold, T>) centers[j] = center[static_cast<std::int64_t>(j) % columns];
  }
  const auto take = [&](const T* row, std::size_t count) __attribute__((always_inline)) {
    for (std::size_t j = 0; j < count; ++j) {
      sums[j] = step<Fold>(sums[j], row[j], has_center<Fold, T> ? centers[j] : Sum{});
    }
  };
  std::int64_t i = 0;
  for (; i + group <= n; i += group) take(x + i * stride, width);
  for (; i < n; ++i) take(x + i * stride, static_cast<std::size_t>(columns));
  for (std::int64_t j = 0; j < columns; ++j) {
    out[j] = sums[static_cast<std::size_t>(j)];
    for (std::int64_t k = 1; k < group; ++k)
      out[j] = Fold::merge(out[j], sums[static_cast<std::size_t>(k * columns + j)]);
  }
}

/// A contiguous tensor as (outer, n, inner), and the shape of the result with and without the reduced axes.
struct Reduction {
  Reduction(const char* op, const Tensor& x, const Axes& axes);
  Tensor x;
  std::int64_t outer = 1, n = 1, inner = 1;
  Shape kept, reduced;
  [[nodiscard]] const Shape& shape(bool keepdims) const { return keepdims ? kept : reduced; }
};

/// The stretches of each of the result's elements together, in their order:  (outer, stretches, inner) ->
/// (outer · inner).
template <class Fold, class Sum = typename Fold::Sum>
Tensor merge_stretches(const Tensor& partial, std::int64_t outer, std::int64_t stretches,
                       std::int64_t inner) {
  Tensor merged({outer * inner}, dtype_of<Sum>);
  const Sum* const from = partial.data<Sum>();
  Sum* const out = merged.mutable_data<Sum>();
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::int64_t j = 0; j < inner; ++j) {
      Sum sum = from[o * stretches * inner + j];
      for (std::int64_t s = 1; s < stretches; ++s)
        sum = Fold::merge(sum, from[(o * stretches + s) * inner + j]);
      out[o * inner + j] = sum;
    }
  }
  return merged;
}

/// Folds the middle axis away:  (outer, n, inner) -> (outer · inner), of type Sum; centers (outer · inner).
template <class Fold, class T, class Sum = typename Fold::Sum>
Tensor fold(const Reduction& r, const Sum* centers = nullptr) {
  const std::int64_t width = std::min(r.inner, kColumns);
  const std::int64_t length = std::max<std::int64_t>(1, kStretch / std::max<std::int64_t>(width, 1));
  const std::int64_t stretches = std::max<std::int64_t>(1, (r.n + length - 1) / length);
  const std::int64_t blocks = (r.inner + kColumns - 1) / kColumns;
  Tensor partial({r.outer * stretches * r.inner}, dtype_of<Sum>);
  if (partial.size() == 0) return partial;
  const T* const x = r.x.data<T>();
  Sum* const to = partial.mutable_data<Sum>();
  const std::int64_t work = std::max<std::int64_t>(std::min(length, r.n) * width, 1);
  parallel_ranges(
      r.outer * stretches * blocks, std::max<std::int64_t>(1, kGrain / work),
      [&](std::int64_t a, std::int64_t b) {
        for (std::int64_t i = a; i < b; ++i) {
          const std::int64_t block = i % blocks, stretch = i / blocks % stretches, o = i / blocks / stretches;
          const std::int64_t first = stretch * length, count = std::min(length, r.n - first),
                             column = block * kColumns;
          const T* const from = x + (o * r.n + first) * r.inner + column;
          const Sum* const center = centers ? centers + o * r.inner + column : nullptr;
          Sum* const out = to + (o * stretches + stretch) * r.inner + column;
          if (r.inner == 1) {
            *out = fold_row<Fold>(from, count, center ? *center : Sum{});
          } else {
            fold_columns<Fold>(from, count, r.inner, std::min(kColumns, r.inner - column), center, out);
          }
        }
      });
  return stretches == 1 ? partial : merge_stretches<Fold>(partial, r.outer, stretches, r.inner);
}

}  // namespace hourglass::detail
