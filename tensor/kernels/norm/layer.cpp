#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/base/rows.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/kernels/norm/layer.h>
#include <hourglass/tensor/kernels/reduce.h>

#include <algorithm>
#include <cmath>

namespace hourglass::detail {

namespace {

// Σ f(i) for i < n, to be inlined into a function given to dispatch.
template <class F>
[[gnu::always_inline]] inline double sum_of(std::int64_t n, F f) {
  return sum_terms<kNormOrder, Add<double>>(
      n, [=](double sum, std::int64_t i) __attribute__((always_inline)) { return sum + f(i); });
}

template <class T>
void forward_rows(const T* x, T* y, std::int64_t rows, std::int64_t n, const T* gamma, const T* beta,
                  double epsilon, double* mean, double* variance) {
  dispatch([=](auto /*set*/) mutable {
    const double one_over = 1.0 / static_cast<double>(n);
    for (std::int64_t i = 0; i < rows; ++i, x += n, y += n) {
      const double m = one_over * sum_of(
                                      n, [x](std::int64_t j) __attribute__((always_inline)) {
                                        return static_cast<double>(x[j]);
                                      });
      const double v = one_over * sum_of(
                                      n, [ x, m ](std::int64_t j) __attribute__((always_inline)) {
                                        const double d = static_cast<double>(x[j]) - m;
                                        return d * d;
                                      });
      mean[i] = m;
      variance[i] = v;
      const double r = 1.0 / std::sqrt(v + epsilon);
      const T center = static_cast<T>(m), scale = static_cast<T>(r);
      const T rest = static_cast<T>((static_cast<double>(center) - m) * r);
#pragma GCC ivdep  // none of them overlap
      for (std::int64_t j = 0; j < n; ++j) y[j] = ((x[j] - center) * scale + rest) * gamma[j] + beta[j];
    }
  });
}

// dx of the rows; their shares of dγ and dβ are added to those.
template <class T>
void backward_rows(const T* dy, const T* x, T* dx, std::int64_t rows, std::int64_t n, const T* gamma,
                   double epsilon, const double* mean, const double* variance, double* d_gamma,
                   double* d_beta) {
  dispatch([=](auto /*set*/) mutable {
    const double one_over = 1.0 / static_cast<double>(n);
    for (std::int64_t i = 0; i < rows; ++i, dy += n, x += n, dx += n) {
      const double m = mean[i], r = 1.0 / std::sqrt(variance[i] + epsilon);
      const double g = one_over * sum_of(
                                      n, [=](std::int64_t j) __attribute__((always_inline)) {
                                        return static_cast<double>(dy[j]) * static_cast<double>(gamma[j]);
                                      });
      const double gx = one_over * sum_of(
                                       n, [=](std::int64_t j) __attribute__((always_inline)) {
                                         return static_cast<double>(dy[j]) * static_cast<double>(gamma[j]) *
                                                (static_cast<double>(x[j]) - m);
                                       });
      // dx = r g − b (x − m) − r ⟨g⟩, with m written as its nearest T and the rest
      const double b = r * r * r * gx;
      const T center = static_cast<T>(m), scale = static_cast<T>(r), slope = static_cast<T>(b);
      const T shift = static_cast<T>(b * (m - static_cast<double>(center)) - r * g);
#pragma GCC ivdep  // none of them overlap
      for (std::int64_t j = 0; j < n; ++j) {
        dx[j] = scale * (dy[j] * gamma[j]) - slope * (x[j] - center) + shift;
        const auto d = static_cast<double>(dy[j]);
        d_beta[j] += d;
        d_gamma[j] += d * ((static_cast<double>(x[j]) - m) * r);
      }
    }
  });
}

// Rows for one task: enough that the sums over them cost little beside the rows.
std::int64_t rows_of_piece(std::int64_t n) {
  return std::max<std::int64_t>(8, kGrain / std::max<std::int64_t>(n, 1));
}

}  // namespace

template <class T>
void layer_norm_rows(const T* x, T* y, std::int64_t rows, std::int64_t n, const T* gamma, const T* beta,
                     double epsilon, const RowStatistics& moments) {
  parallel_ranges(rows, rows_of_piece(n), [&](std::int64_t begin, std::int64_t end) {
    forward_rows(x + begin * n, y + begin * n, end - begin, n, gamma, beta, epsilon, moments.mean + begin,
                 moments.variance + begin);
  });
}

template <class T>
void layer_norm_gradient(const LayerNormGradient<T>& g, std::int64_t rows, std::int64_t n, double epsilon) {
  const std::int64_t length = rows_of_piece(n), pieces = rows * n == 0 ? 0 : (rows + length - 1) / length;
  Buffer<double> sums(pieces * 2 * n, 0.0), totals(2 * n, 0.0);
  parallel_for(pieces, [&](std::int64_t piece) {
    const std::int64_t begin = piece * length, count = std::min(length, rows - begin);
    double* const shares = sums.data() + piece * 2 * n;
    backward_rows(g.dy + begin * n, g.x + begin * n, g.dx + begin * n, count, n, g.gamma, epsilon,
                  g.mean + begin, g.variance + begin, shares, shares + n);
  });
  fold_middle<Add<double>>(sums.data(), {1, pieces, 2 * n}, static_cast<const double*>(nullptr),
                           totals.data());
  const auto rounded = [](double v) { return static_cast<T>(v); };
  std::transform(totals.data(), totals.data() + n, g.d_gamma, rounded);
  std::transform(totals.data() + n, totals.data() + 2 * n, g.d_beta, rounded);
}

template void layer_norm_rows(const float*, float*, std::int64_t, std::int64_t, const float*, const float*,
                              double, const RowStatistics&);
template void layer_norm_rows(const double*, double*, std::int64_t, std::int64_t, const double*,
                              const double*, double, const RowStatistics&);
template void layer_norm_gradient(const LayerNormGradient<float>&, std::int64_t, std::int64_t, double);
template void layer_norm_gradient(const LayerNormGradient<double>&, std::int64_t, std::int64_t, double);

}  // namespace hourglass::detail
