#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/base/rows.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/kernels/norm/batch.h>
#include <hourglass/tensor/kernels/reduce.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace hourglass::detail {

namespace {

using Columns = std::array<double, kColumns>;

// (rows, channels) in pieces of about kGrain elements: `length` rows of at most kColumns channels.
struct Cut {
  explicit Cut(const RowsOf& x) : channels(x.channels), rows(x.rows) {
    length = std::max<std::int64_t>(1, kGrain / std::clamp<std::int64_t>(channels, 1, kColumns));
    pieces = (rows + length - 1) / length;
    blocks = (channels + kColumns - 1) / kColumns;
  }
  [[nodiscard]] std::int64_t count(std::int64_t piece) const {
    return std::min(length, rows - piece * length);
  }
  std::int64_t channels, rows, length, pieces, blocks;
};

// Mean and Σ(x − mean)² of each column of n rows. Taking the first row off before summing keeps the digits.
template <class T>
void moments_of_piece(const T* x, std::int64_t n, std::int64_t stride, std::int64_t columns, double* mean,
                      double* squares) {
  dispatch([=](auto /*set*/) {
    const ColumnSums rows(n, stride, columns);
    Columns first, sum, square;
    for (std::size_t j = 0; j < rows.width(); ++j) {
      first[j] = static_cast<double>(x[static_cast<std::int64_t>(j) % columns]);
      sum[j] = square[j] = 0;
    }
    rows.down([&](std::int64_t at, std::size_t count) __attribute__((always_inline)) {
      const T* const row = x + at;
      for (std::size_t j = 0; j < count; ++j) {
        const double d = static_cast<double>(row[j]) - first[j];
        sum[j] += d;
        square[j] += d * d;
      }
    });
    rows.add_up<Add<double>>(sum, mean);
    rows.add_up<Add<double>>(square, squares);
    const auto count = static_cast<double>(n);
    for (std::int64_t j = 0; j < columns; ++j) {
      const double of_column = mean[j];
      mean[j] = first[static_cast<std::size_t>(j)] + of_column / count;
      squares[j] = std::max(squares[j] - of_column * of_column / count, 0.0);
    }
  });
}

// Σ dy and Σ dy (x − mean) of each column of n rows.
template <class T>
void gradients_of_piece(const T* dy, const T* x, std::int64_t n, std::int64_t stride, std::int64_t columns,
                        const double* mean, double* sums, double* products) {
  dispatch([=](auto /*set*/) {
    const ColumnSums rows(n, stride, columns);
    Columns center, sum, product;
    for (std::size_t j = 0; j < rows.width(); ++j) {
      center[j] = mean[static_cast<std::int64_t>(j) % columns];
      sum[j] = product[j] = 0;
    }
    rows.down([&](std::int64_t at, std::size_t count) __attribute__((always_inline)) {
      const T* const g = dy + at;
      const T* const v = x + at;
      for (std::size_t j = 0; j < count; ++j) {
        const auto d = static_cast<double>(g[j]);
        sum[j] += d;
        product[j] += d * (static_cast<double>(v[j]) - center[j]);
      }
    });
    rows.add_up<Add<double>>(sum, sums);
    rows.add_up<Add<double>>(product, products);
  });
}

// take(first element, rows, channels, first channel, two results for each channel): (pieces, 2, C).
template <class Take>
Buffer<double> for_pieces(const Cut& cut, Take take) {
  Buffer<double> partial(cut.pieces * 2 * cut.channels);
  double* const to = partial.data();
  parallel_for(cut.pieces * cut.blocks, [&](std::int64_t i) {
    const std::int64_t piece = i / cut.blocks, column = i % cut.blocks * kColumns;
    double* const out = to + piece * 2 * cut.channels + column;
    take(piece * cut.length * cut.channels + column, cut.count(piece),
         std::min(kColumns, cut.channels - column), column, out, out + cut.channels);
  });
  return partial;
}

// Numbers for each channel, repeated until a row of them is worth a loop: so one channel is as fast as many.
template <class T, std::size_t N>
class Table {
 public:
  explicit Table(std::int64_t channels)
      : width_(channels * std::max<std::int64_t>(1, 4 * kWideRow / channels)),
        numbers_(static_cast<std::int64_t>(N) * width_) {
    for (std::size_t k = 0; k < N; ++k) rows_[k] = numbers_.data() + static_cast<std::int64_t>(k) * width_;
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
  Buffer<T> numbers_;
  std::array<T*, N> rows_;
};

// y = (x − m) s + b.
template <class T>
void scale_rows(const T* x, T* y, std::int64_t n, std::int64_t width, const T* m, const T* s, const T* b) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t at = 0; at < n; at += width) {
      const std::int64_t count = std::min(width, n - at);
#pragma GCC ivdep  // none of them overlap
      for (std::int64_t j = 0; j < count; ++j) y[at + j] = (x[at + j] - m[j]) * s[j] + b[j];
    }
  });
}

// dx = a dy + b (x − m) + c.
template <class T>
void grad_rows(const T* dy, const T* x, T* dx, std::int64_t n, std::int64_t width, const T* m, const T* a,
               const T* b, const T* c) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t at = 0; at < n; at += width) {
      const std::int64_t count = std::min(width, n - at);
#pragma GCC ivdep  // none of them overlap
      for (std::int64_t j = 0; j < count; ++j)
        dx[at + j] = a[j] * dy[at + j] + b[j] * (x[at + j] - m[j]) + c[j];
    }
  });
}

template <class T, std::size_t N, class Rows>
void for_table(const Table<T, N>& table, std::int64_t n, Rows rows) {
  parallel_ranges(n, table.width() * std::max<std::int64_t>(1, kGrain / table.width()), rows);
}

}  // namespace

template <class T>
void column_moments(const T* x, const RowsOf& extents, double* mean, double* variance) {
  const Cut cut(extents);
  const Buffer<double> partial = for_pieces(
      cut, [&](std::int64_t at, std::int64_t n, std::int64_t columns, std::int64_t, double* means,
               double* squares) { moments_of_piece(x + at, n, cut.channels, columns, means, squares); });
  const double* const parts = partial.data();
  const auto all = static_cast<double>(cut.rows);
  for (std::int64_t c = 0; c < cut.channels; ++c) {
    mean[c] = variance[c] = 0;
    for (std::int64_t s = 0; s < cut.pieces; ++s)
      mean[c] += parts[2 * s * cut.channels + c] * (static_cast<double>(cut.count(s)) / all);
    if (cut.pieces == 1) mean[c] = parts[c];
    for (std::int64_t s = 0; s < cut.pieces; ++s) {
      const double distance = parts[2 * s * cut.channels + c] - mean[c];
      variance[c] +=
          parts[(2 * s + 1) * cut.channels + c] + static_cast<double>(cut.count(s)) * distance * distance;
    }
    variance[c] /= all;
    if (cut.rows == 0) mean[c] = variance[c];  // nan
  }
}

template <class T>
void batch_norm_rows(const T* x, T* y, const RowsOf& extents, const double* mean, const double* variance,
                     const T* gamma, const T* beta, double epsilon) {
  Table<T, 3> table(extents.channels);
  table.fill(extents.channels, [&](std::int64_t c) -> std::array<double, 3> {
    const double scale = (gamma ? static_cast<double>(gamma[c]) : 1.0) / std::sqrt(variance[c] + epsilon);
    const double shift = beta ? static_cast<double>(beta[c]) : 0.0;
    const auto rounded = static_cast<double>(static_cast<T>(mean[c]));
    return {rounded, scale, shift - (mean[c] - rounded) * scale};
  });
  for_table(table, extents.rows * extents.channels, [&](std::int64_t begin, std::int64_t end) {
    scale_rows(x + begin, y + begin, end - begin, table.width(), table.row(0), table.row(1), table.row(2));
  });
}

template <class T>
void batch_norm_gradient(const BatchNormGradient<T>& g, const RowsOf& extents, double epsilon) {
  const Cut cut(extents);
  const std::int64_t channels = cut.channels, n = g.dx ? cut.rows * channels : 0;
  const Buffer<double> partial =
      for_pieces(cut, [&](std::int64_t at, std::int64_t count, std::int64_t columns, std::int64_t column,
                          double* sums, double* products) {
        gradients_of_piece(g.dy + at, g.x + at, count, channels, columns, g.mean + column, sums, products);
      });
  Buffer<double> totals(2 * channels, 0.0);
  fold_middle<Add<double>>(partial.data(), {1, cut.pieces, 2 * channels}, static_cast<const double*>(nullptr),
                           totals.data());
  const double* const d_beta = totals.data();
  const double* const products = d_beta + channels;
  Table<T, 4> table(std::max<std::int64_t>(channels, 1));
  table.fill(channels, [&](std::int64_t c) -> std::array<double, 4> {
    const double r = 1.0 / std::sqrt(g.variance[c] + epsilon), d_gamma = cut.rows == 0 ? 0 : r * products[c];
    g.d_gamma[c] = static_cast<T>(d_gamma);
    g.d_beta[c] = static_cast<T>(d_beta[c]);
    const double a = (g.gamma ? static_cast<double>(g.gamma[c]) : 1.0) * r,
                 rows = static_cast<double>(cut.rows), b = -a * r * d_gamma / rows;
    const auto rounded = static_cast<double>(static_cast<T>(g.mean[c]));
    return {rounded, a, b, -a * d_beta[c] / rows - b * (g.mean[c] - rounded)};
  });
  for_table(table, n, [&](std::int64_t begin, std::int64_t end) {
    grad_rows(g.dy + begin, g.x + begin, g.dx + begin, end - begin, table.width(), table.row(0), table.row(1),
              table.row(2), table.row(3));
  });
}

template void column_moments(const float*, const RowsOf&, double*, double*);
template void column_moments(const double*, const RowsOf&, double*, double*);
template void batch_norm_rows(const float*, float*, const RowsOf&, const double*, const double*, const float*,
                              const float*, double);
template void batch_norm_rows(const double*, double*, const RowsOf&, const double*, const double*,
                              const double*, const double*, double);
template void batch_norm_gradient(const BatchNormGradient<float>&, const RowsOf&, double);
template void batch_norm_gradient(const BatchNormGradient<double>&, const RowsOf&, double);

}  // namespace hourglass::detail
