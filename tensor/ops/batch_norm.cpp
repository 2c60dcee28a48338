#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/normalize.h>

#include <algorithm>
#include <cmath>

namespace hourglass {

namespace {

using detail::kGrain;

constexpr std::int64_t kColumns = 256;  // channels that a piece takes side by side
constexpr std::int64_t kWide = 64;      // rows of fewer elements are taken several at a time, as one row

using Columns = std::array<double, kColumns>;

// (rows, channels) in pieces of about kGrain elements: `length` rows of at most kColumns channels.
struct Cut {
  explicit Cut(const Tensor& x) : channels(x.shape(-1)), rows(channels == 0 ? 0 : x.size() / channels) {
    length = std::max<std::int64_t>(1, kGrain / std::clamp<std::int64_t>(channels, 1, kColumns));
    stretches = (rows + length - 1) / length;
    blocks = (channels + kColumns - 1) / kColumns;
  }
  [[nodiscard]] std::int64_t count(std::int64_t stretch) const {
    return std::min(length, rows - stretch * length);
  }
  std::int64_t channels, rows, length, stretches, blocks;
};

// How many rows make one, when rows of `columns` elements lie without gaps.
std::int64_t rows_together(std::int64_t columns, std::int64_t stride, std::int64_t rows) {
  return stride == columns ? std::clamp<std::int64_t>(kWide / columns, 1, std::max<std::int64_t>(rows, 1))
                           : 1;
}

// The numbers of the first `columns` places, and of those that the rows beside them have added to.
void add_groups(Columns& sums, std::int64_t columns, std::int64_t group) {
  for (std::int64_t k = 1; k < group; ++k) {
    for (std::int64_t j = 0; j < columns; ++j)
      sums[static_cast<std::size_t>(j)] += sums[static_cast<std::size_t>(k * columns + j)];
  }
}

// Mean and Σ(x − mean)² of each column of n rows. Taking the first row off before summing keeps the digits.
template <class T>
HOURGLASS_CLONES void moments_of_piece(const T* x, std::int64_t n, std::int64_t stride, std::int64_t columns,
                                       double* mean, double* squares) {
  const std::int64_t group = rows_together(columns, stride, n);
  const auto width = static_cast<std::size_t>(columns * group);
  Columns first, sum, square;
  for (std::size_t j = 0; j < width; ++j) {
    first[j] = static_cast<double>(x[static_cast<std::int64_t>(j) % columns]);
    sum[j] = square[j] = 0;
  }
  const auto take = [&](const T* row, std::size_t count) __attribute__((always_inline)) {
    for (std::size_t j = 0; j < count; ++j) {
      const double d = static_cast<double>(row[j]) - first[j];
      sum[j] += d;
      square[j] += d * d;
    }
  };
  std::int64_t i = 0;
  for (; i + group <= n; i += group) take(x + i * stride, width);
  for (; i < n; ++i) take(x + i * stride, static_cast<std::size_t>(columns));
  add_groups(sum, columns, group);
  add_groups(square, columns, group);
  const auto count = static_cast<double>(n);
  for (std::int64_t j = 0; j < columns; ++j) {
    const auto at = static_cast<std::size_t>(j);
    mean[j] = first[at] + sum[at] / count;
    squares[j] = std::max(square[at] - sum[at] * sum[at] / count, 0.0);
  }
}

// Σ dy and Σ dy (x − mean) of each column of n rows.
template <class T>
HOURGLASS_CLONES void gradients_of_piece(const T* dy, const T* x, std::int64_t n, std::int64_t stride,
                                         std::int64_t columns, const double* mean, double* sums,
                                         double* products) {
  const std::int64_t group = rows_together(columns, stride, n);
  const auto width = static_cast<std::size_t>(columns * group);
  Columns center, sum, product;
  for (std::size_t j = 0; j < width; ++j) {
    center[j] = mean[static_cast<std::int64_t>(j) % columns];
    sum[j] = product[j] = 0;
  }
  const auto take = [&](std::int64_t row, std::size_t count) __attribute__((always_inline)) {
    const T* const g = dy + row * stride;
    const T* const v = x + row * stride;
    for (std::size_t j = 0; j < count; ++j) {
      const auto d = static_cast<double>(g[j]);
      sum[j] += d;
      product[j] += d * (static_cast<double>(v[j]) - center[j]);
    }
  };
  std::int64_t i = 0;
  for (; i + group <= n; i += group) take(i, width);
  for (; i < n; ++i) take(i, static_cast<std::size_t>(columns));
  add_groups(sum, columns, group);
  add_groups(product, columns, group);
  std::copy_n(sum.data(), columns, sums);
  std::copy_n(product.data(), columns, products);
}

// piece(first element, rows, channels, first channel, two results for each channel): (stretches, 2, C).
template <class Piece>
Tensor for_pieces(const Cut& cut, Piece piece) {
  Tensor partial({cut.stretches, 2, cut.channels}, float64);
  double* const to = partial.mutable_data<double>();
  parallel_for(cut.stretches * cut.blocks, [&](std::int64_t i) {
    const std::int64_t stretch = i / cut.blocks, column = i % cut.blocks * kColumns;
    double* const out = to + stretch * 2 * cut.channels + column;
    piece(stretch * cut.length * cut.channels + column, cut.count(stretch),
          std::min(kColumns, cut.channels - column), column, out, out + cut.channels);
  });
  return partial;
}

// Numbers for each channel, repeated until a row of them is worth a loop: so one channel is as fast as many.
template <class T, std::size_t N>
class Table {
 public:
  explicit Table(std::int64_t channels)
      : width_(channels * std::max<std::int64_t>(1, 4 * kWide / channels)),
        numbers_({static_cast<std::int64_t>(N), width_}, dtype_of<T>) {
    for (std::size_t k = 0; k < N; ++k)
      rows_[k] = numbers_.template mutable_data<T>() + static_cast<std::int64_t>(k) * width_;
  }
  // f(channel) gives the N numbers.
  template <class F>
  void fill(std::int64_t channels, F f) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const std::array<double, N> now = f(c);
      for (std::int64_t j = c; j < width_; j += channels) {
        for (std::size_t k = 0; k < N; ++k) rows_[k][j] = static_cast<T>(now[k]);
      }
    }
  }
  [[nodiscard]] std::int64_t width() const { return width_; }
  [[nodiscard]] const T* row(std::size_t k) const { return rows_[k]; }

 private:
  std::int64_t width_;
  Tensor numbers_;
  std::array<T*, N> rows_;
};

// y = (x − m) s + b.
template <class T>
HOURGLASS_CLONES void scale_rows(const T* __restrict x, T* __restrict y, std::int64_t n, std::int64_t width,
                                 const T* __restrict m, const T* __restrict s, const T* __restrict b) {
  for (std::int64_t at = 0; at < n; at += width) {
    const std::int64_t count = std::min(width, n - at);
    for (std::int64_t j = 0; j < count; ++j) y[at + j] = (x[at + j] - m[j]) * s[j] + b[j];
  }
}

// dx = a dy + b (x − m) + c.
template <class T>
HOURGLASS_CLONES void grad_rows(const T* __restrict dy, const T* __restrict x, T* __restrict dx,
                                std::int64_t n, std::int64_t width, const T* __restrict m,
                                const T* __restrict a, const T* __restrict b, const T* __restrict c) {
  for (std::int64_t at = 0; at < n; at += width) {
    const std::int64_t count = std::min(width, n - at);
    for (std::int64_t j = 0; j < count; ++j)
      dx[at + j] = a[j] * dy[at + j] + b[j] * (x[at + j] - m[j]) + c[j];
  }
}

template <class T, std::size_t N, class Rows>
void for_table(const Table<T, N>& table, std::int64_t n, Rows rows) {
  parallel_ranges(n, table.width() * std::max<std::int64_t>(1, kGrain / table.width()), rows);
}

}  // namespace

Moments channel_moments(const Tensor& input) {
  const Tensor x = input.contiguous();
  const Cut cut(x);
  Moments out{Tensor({cut.channels}, float64), Tensor({cut.channels}, float64)};
  const Tensor partial = visit_floating("batch_norm", x.dtype(), [&]<class T>() {
    const T* const from = x.data<T>();
    return for_pieces(
        cut, [&](std::int64_t at, std::int64_t n, std::int64_t columns, std::int64_t, double* mean,
                 double* squares) { moments_of_piece(from + at, n, cut.channels, columns, mean, squares); });
  });
  const double* const parts = partial.data<double>();
  double* const mean = out.mean.mutable_data<double>();
  double* const variance = out.variance.mutable_data<double>();
  const auto all = static_cast<double>(cut.rows);
  for (std::int64_t c = 0; c < cut.channels; ++c) {
    mean[c] = variance[c] = 0;
    for (std::int64_t s = 0; s < cut.stretches; ++s)
      mean[c] += parts[2 * s * cut.channels + c] * (static_cast<double>(cut.count(s)) / all);
    if (cut.stretches == 1) mean[c] = parts[c];
    for (std::int64_t s = 0; s < cut.stretches; ++s) {
      const double distance = parts[2 * s * cut.channels + c] - mean[c];
      variance[c] +=
          parts[(2 * s + 1) * cut.channels + c] + static_cast<double>(cut.count(s)) * distance * distance;
    }
    variance[c] /= all;
    if (cut.rows == 0) mean[c] = variance[c];  // nan
  }
  return out;
}

Tensor batch_norm(const Tensor& input, const Moments& moments, const Tensor* gamma, const Tensor* beta,
                  double epsilon) {
  expect_norm_parts("batch_norm", input, 1, gamma, beta, epsilon);
  expect_moments("batch_norm", input, moments, {input.shape(-1)});
  const Tensor x = input.contiguous();
  Tensor y(x.shape(), x.dtype());
  if (x.size() == 0) return y;
  const Tensor means = moments.mean.to(float64).contiguous(),
               variances = moments.variance.to(float64).contiguous();
  const double* const mean = means.data<double>();
  const double* const variance = variances.data<double>();
  visit_floating("batch_norm", x.dtype(), [&]<class T>() {
    const Tensor scales = gamma ? gamma->contiguous() : Tensor(),
                 shifts = beta ? beta->contiguous() : Tensor();
    Table<T, 3> table(x.shape(-1));
    table.fill(x.shape(-1), [&](std::int64_t c) -> std::array<double, 3> {
      const double scale =
          (gamma ? static_cast<double>(scales.data<T>()[c]) : 1.0) / std::sqrt(variance[c] + epsilon);
      const double shift = beta ? static_cast<double>(shifts.data<T>()[c]) : 0.0;
      const auto rounded = static_cast<double>(static_cast<T>(mean[c]));
      return {rounded, scale, shift - (mean[c] - rounded) * scale};
    });
    const T* const from = x.data<T>();
    T* const to = y.mutable_data<T>();
    for_table(table, x.size(), [&](std::int64_t begin, std::int64_t end) {
      scale_rows(from + begin, to + begin, end - begin, table.width(), table.row(0), table.row(1),
                 table.row(2));
    });
  });
  return y;
}

Tensor batch_norm_grad(const Tensor& gradient, const Tensor& input, const Moments& moments,
                       const Tensor* gamma, double epsilon, bool with_dx) {
  expect_norm_parts("batch_norm", input, 1, gamma, nullptr, epsilon);
  expect_moments("batch_norm", input, moments, {input.shape(-1)});
  expect_gradient("batch_norm", gradient, input);
  const Tensor x = input.contiguous(), dy = gradient.contiguous();
  const Cut cut(x);
  const std::int64_t n = with_dx ? x.size() : 0, channels = cut.channels;
  Tensor out({n + 2 * channels}, x.dtype());
  const double* const mean = moments.mean.data<double>();
  const double* const variance = moments.variance.data<double>();
  visit_floating("batch_norm", x.dtype(), [&]<class T>() {
    const T* const g = dy.data<T>();
    const T* const v = x.data<T>();
    T* const to = out.mutable_data<T>();
    const Tensor partial = for_pieces(cut, [&](std::int64_t at, std::int64_t count, std::int64_t columns,
                                               std::int64_t column, double* sums, double* products) {
      gradients_of_piece(g + at, v + at, count, channels, columns, mean + column, sums, products);
    });
    const Tensor totals = sum(partial, 0), scales = gamma ? gamma->contiguous() : Tensor();
    const double* const d_beta = totals.data<double>();
    const double* const products = d_beta + channels;
    Table<T, 4> table(std::max<std::int64_t>(channels, 1));
    table.fill(channels, [&](std::int64_t c) -> std::array<double, 4> {
      const double r = 1.0 / std::sqrt(variance[c] + epsilon), d_gamma = cut.rows == 0 ? 0 : r * products[c];
      to[n + c] = static_cast<T>(d_gamma);
      to[n + channels + c] = static_cast<T>(d_beta[c]);
      const double a = (gamma ? static_cast<double>(scales.data<T>()[c]) : 1.0) * r,
                   rows = static_cast<double>(cut.rows), b = -a * r * d_gamma / rows;
      const auto rounded = static_cast<double>(static_cast<T>(mean[c]));
      return {rounded, a, b, -a * d_beta[c] / rows - b * (mean[c] - rounded)};
    });
    for_table(table, n, [&](std::int64_t begin, std::int64_t end) {
      grad_rows(g + begin, v + begin, to + begin, end - begin, table.width(), table.row(0), table.row(1),
                table.row(2), table.row(3));
    });
  });
  return out;
}

}  // namespace hourglass
