#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/normalize.h>

#include <algorithm>
#include <cmath>

namespace hourglass {

namespace {

using detail::kGrain;

constexpr std::int64_t kSums = 16;  // sums side by side in a row, so that they fill vector registers

// Σ f(i) for i < n, to be inlined into a function with clones.
template <class F>
[[gnu::always_inline]] inline double sum_of(std::int64_t n, F f) {
  if (n < kSums) {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) sum += f(i);
    return sum;
  }
  std::array<double, kSums> sums{};
  std::int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (std::int64_t l = 0; l < kSums; ++l) sums[static_cast<std::size_t>(l)] += f(i + l);
  }
  for (; i < n; ++i) sums[0] += f(i);
  for (std::size_t half = kSums / 2; half > 0; half /= 2) {
    for (std::size_t l = 0; l < half; ++l) sums[l] += sums[l + half];
  }
  return sums[0];
}

template <class T>
HOURGLASS_CLONES void forward_rows(const T* __restrict x, T* __restrict y, std::int64_t rows, std::int64_t n,
                                   const T* __restrict gamma, const T* __restrict beta, double epsilon,
                                   double* mean, double* variance) {
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
    for (std::int64_t j = 0; j < n; ++j) y[j] = ((x[j] - center) * scale + rest) * gamma[j] + beta[j];
  }
}

// dx of the rows; their shares of dγ and dβ are added to those.
template <class T>
HOURGLASS_CLONES void backward_rows(const T* __restrict dy, const T* __restrict x, T* __restrict dx,
                                    std::int64_t rows, std::int64_t n, const T* __restrict gamma,
                                    double epsilon, const double* mean, const double* variance,
                                    double* __restrict d_gamma, double* __restrict d_beta) {
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
    for (std::int64_t j = 0; j < n; ++j) {
      dx[j] = scale * (dy[j] * gamma[j]) - slope * (x[j] - center) + shift;
      const auto d = static_cast<double>(dy[j]);
      d_beta[j] += d;
      d_gamma[j] += d * ((static_cast<double>(x[j]) - m) * r);
    }
  }
}

// Rows for one task: enough that the sums over them cost little beside the rows.
std::int64_t rows_of_piece(std::int64_t n) {
  return std::max<std::int64_t>(8, kGrain / std::max<std::int64_t>(n, 1));
}

}  // namespace

LayerNorm layer_norm(const Tensor& input, const Tensor* gamma, const Tensor* beta, double epsilon) {
  expect_norm_parts("layer_norm", input, 1, gamma, beta, epsilon);
  const Tensor x = input.contiguous();
  const std::int64_t n = x.shape(-1), rows = x.shape().without(-1).size();
  LayerNorm out{Tensor(x.shape(), x.dtype()), {zeros({rows}, float64), zeros({rows}, float64)}};
  if (x.size() == 0) return out;
  const Tensor scales = gamma ? gamma->contiguous() : ones({n}, x.dtype());
  const Tensor shifts = beta ? beta->contiguous() : zeros({n}, x.dtype());
  double* const mean = out.moments.mean.mutable_data<double>();
  double* const variance = out.moments.variance.mutable_data<double>();
  visit_floating("layer_norm", x.dtype(), [&]<class T>() {
    const T* const from = x.data<T>();
    T* const to = out.y.mutable_data<T>();
    parallel_ranges(rows, rows_of_piece(n), [&](std::int64_t begin, std::int64_t end) {
      forward_rows(from + begin * n, to + begin * n, end - begin, n, scales.data<T>(), shifts.data<T>(),
                   epsilon, mean + begin, variance + begin);
    });
  });
  return out;
}

Tensor layer_norm_grad(const Tensor& gradient, const Tensor& input, const Moments& moments,
                       const Tensor* gamma, double epsilon) {
  expect_norm_parts("layer_norm", input, 1, gamma, nullptr, epsilon);
  const Tensor x = input.contiguous(), dy = gradient.contiguous();
  const std::int64_t n = x.shape(-1), rows = x.shape().without(-1).size();
  expect_moments("layer_norm", x, moments, {rows});
  expect_gradient("layer_norm", dy, x);
  Tensor out({x.size() + 2 * n}, x.dtype());
  const Tensor scales = gamma ? gamma->contiguous() : ones({n}, x.dtype());
  const std::int64_t length = rows_of_piece(n), pieces = x.size() == 0 ? 0 : (rows + length - 1) / length;
  Tensor partial = zeros({pieces, 2 * n}, float64);
  double* const sums = partial.mutable_data<double>();
  const double* const mean = moments.mean.data<double>();
  const double* const variance = moments.variance.data<double>();
  visit_floating("layer_norm", x.dtype(), [&]<class T>() {
    T* const to = out.mutable_data<T>();
    parallel_for(pieces, [&](std::int64_t piece) {
      const std::int64_t begin = piece * length, count = std::min(length, rows - begin);
      double* const shares = sums + piece * 2 * n;
      backward_rows(dy.data<T>() + begin * n, x.data<T>() + begin * n, to + begin * n, count, n,
                    scales.data<T>(), epsilon, mean + begin, variance + begin, shares, shares + n);
    });
    const Tensor totals = sum(partial, 0);
    std::transform(totals.data<double>(), totals.data<double>() + 2 * n, to + x.size(),
                   [](double v) { return static_cast<T>(v); });
  });
  return out;
}

}  // namespace hourglass
