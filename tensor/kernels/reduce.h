#pragma once

#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/base/rows.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/base/vector_math.h>
#include <hourglass/tensor/kernels/sums.h>

#include <algorithm>
#include <array>
#include <limits>

/// The loops under the reductions: an array (outer, n, inner), of which the middle axis goes. What is
/// combined is told by a fold (sums.h); its step may take, beside the element, a number that belongs to the
/// result's element: step(sum, x, center).
namespace hourglass::detail {

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

/// All of a row, to be inlined into a function given to dispatch.
template <class Fold, class T, class Sum = typename Fold::Sum>
[[gnu::always_inline]] inline Sum fold_lanes(const T* x, std::int64_t n, Sum center = {}) {
  return sum_terms<kReduceOrder, Fold>(
      n, [=](Sum sum, std::int64_t i)
             __attribute__((always_inline)) { return step<Fold>(sum, x[i], center); });
}

template <class Fold, class T, class Sum = typename Fold::Sum>
Sum fold_row(const T* x, std::int64_t n, Sum center) {
  return dispatch([=](auto /*set*/) { return fold_lanes<Fold>(x, n, center); });
}

/// Down the columns of n rows, `stride` apart.
template <class Fold, class T, class Sum = typename Fold::Sum>
void fold_columns(const T* x, std::int64_t n, std::int64_t stride, std::int64_t columns, const Sum* center,
                  Sum* out) {
  dispatch([=](auto /*set*/) {
    const ColumnSums rows(n, stride, columns);
    std::array<Sum, kColumns> sums, centers;
    for (std::size_t j = 0; j < rows.width(); ++j) {
      sums[j] = Fold::start();
      if constexpr (has_center<Fold, T>) centers[j] = center[static_cast<std::int64_t>(j) % columns];
    }
    rows.down([&](std::int64_t at, std::size_t count) __attribute__((always_inline)) {
      for (std::size_t j = 0; j < count; ++j)
        sums[j] = step<Fold>(sums[j], x[at + static_cast<std::int64_t>(j)],
                             has_center<Fold, T> ? centers[j] : Sum{});
    });
    rows.add_up<Fold>(sums, out);
  });
}

/// An array (outer, n, inner).
struct Middle {
  std::int64_t outer, n, inner;
};

inline constexpr std::int64_t kPiece = 65536;  // elements that are folded before they are merged, in order

/// Folds the middle axis away:  x (outer, n, inner) -> out (outer · inner); centers (outer · inner), or null.
template <class Fold, class T, class Sum = typename Fold::Sum>
void fold_middle(const T* x, const Middle& e, const Sum* centers, Sum* out) {
  if (e.outer * e.inner == 0) return;
  const std::int64_t width = std::min(e.inner, kColumns), length = std::max<std::int64_t>(1, kPiece / width);
  const std::int64_t pieces = std::max<std::int64_t>(1, (e.n + length - 1) / length);
  const std::int64_t blocks = (e.inner + kColumns - 1) / kColumns;
  Buffer<Sum> apart(pieces == 1 ? 0 : e.outer * pieces * e.inner);
  Sum* const partial = pieces == 1 ? out : apart.data();
  const std::int64_t work = std::max<std::int64_t>(std::min(length, e.n) * width, 1);
  const auto fold_piece = [&](std::int64_t i) {
    const std::int64_t column = i % blocks * kColumns, piece = i / blocks % pieces, o = i / blocks / pieces;
    const std::int64_t first = piece * length, count = std::min(length, e.n - first);
    const T* const from = x + (o * e.n + first) * e.inner + column;
    const Sum* const center = centers ? centers + o * e.inner + column : nullptr;
    Sum* const to = partial + (o * pieces + piece) * e.inner + column;
    if (e.inner == 1) {
      *to = fold_row<Fold>(from, count, center ? *center : Sum{});
    } else {
      fold_columns<Fold>(from, count, e.inner, std::min(kColumns, e.inner - column), center, to);
    }
  };
  parallel_ranges(e.outer * pieces * blocks, std::max<std::int64_t>(1, kGrain / work),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t i = begin; i < end; ++i) fold_piece(i);
                  });
  if (pieces == 1) return;
  for (std::int64_t i = 0; i < e.outer * e.inner; ++i) {
    const Sum* const first = partial + i / e.inner * pieces * e.inner + i % e.inner;
    out[i] = *first;
    for (std::int64_t piece = 1; piece < pieces; ++piece)
      out[i] = Fold::merge(out[i], first[piece * e.inner]);
  }
}

/// Where in the middle axis the best element is, the first of equals; nan is best.  -> out (outer · inner)
template <class Better, class T>
void index_of_best(const T* x, const Middle& e, std::int64_t* out) {
  parallel_ranges(e.outer * e.inner, std::max<std::int64_t>(1, kGrain / e.n),
                  [&](std::int64_t a, std::int64_t b) {
                    for (std::int64_t i = a; i < b; ++i) {
                      const T* const first = x + i / e.inner * e.n * e.inner + i % e.inner;
                      std::int64_t at = 0;
                      for (std::int64_t k = 1; k < e.n; ++k) {
                        const T now = first[at * e.inner], next = first[k * e.inner];
                        if (now == now && (next != next || (next != now && Better::step(now, next) == next)))
                          at = k;
                      }
                      out[i] = at;
                    }
                  });
}

/// Partial sums down the rows (n, columns), `stride` apart.
template <class T, class Result>
void sum_down(const T* x, std::int64_t n, std::int64_t stride, std::int64_t columns, Result* y) {
  using Sum = typename Add<T>::Sum;
  if (columns == 1) {
    Sum total = Add<T>::start();
    for (std::int64_t k = 0; k < n; ++k) {
      total = Add<T>::step(total, x[k * stride]);
      y[k * stride] = static_cast<Result>(total);
    }
    return;
  }
  std::array<Sum, kColumns> totals;
  totals.fill(Add<T>::start());
  for (std::int64_t k = 0; k < n; ++k) {
    for (std::int64_t j = 0; j < columns; ++j) {
      Sum& total = totals[static_cast<std::size_t>(j)];
      total = Add<T>::step(total, x[k * stride + j]);
      y[k * stride + j] = static_cast<Result>(total);
    }
  }
}

/// y[o, k, i] = Σ over j <= k of x[o, j, i]
template <class T, class Result>
void cumulative_sums(const T* x, const Middle& e, Result* y) {
  const std::int64_t blocks = (e.inner + kColumns - 1) / kColumns;
  const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (e.n * std::min(e.inner, kColumns)));
  parallel_ranges(e.outer * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t column = i % blocks * kColumns, first = i / blocks * e.n * e.inner + column;
      sum_down(x + first, e.n, e.inner, std::min(kColumns, e.inner - column), y + first);
    }
  });
}

}  // namespace hourglass::detail
