#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/pool.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hourglass {

namespace {

// Where a place of the large image lies in the small one: between two places, `weight` of the way to `after`.
struct Between {
  std::int64_t before, after;
  double weight;
};

std::vector<Between> places_between(std::int64_t extent, std::int64_t factor) {
  std::vector<Between> out;
  for (std::int64_t i = 0; i < extent * factor; ++i) {
    const double at = (static_cast<double>(i) + 0.5) / static_cast<double>(factor) - 0.5;
    const auto before = static_cast<std::int64_t>(std::floor(at));
    out.push_back({std::max<std::int64_t>(before, 0), std::min(before + 1, extent - 1),
                   at - static_cast<double>(before)});
  }
  return out;
}

// y += w x, n numbers.
template <class T>
HOURGLASS_CLONES void add_scaled(const T* x, T w, T* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += w * x[i];
}

void check(const char* op, const Tensor& x, Extent2 factor) {
  if (x.rank() != 4) throw ShapeError("{}: needs images (N, H, W, C), got shape {}", op, x.shape());
  if (factor.rows < 1 || factor.columns < 1)
    throw ShapeError("{}: factors must be at least 1, got ({}, {})", op, factor.rows, factor.columns);
}

// Calls f(row of the small images, row of the large ones) for each row of small images and the first of the
// rows that it becomes, images in parallel. Rows count through all images.
template <class F>
void for_rows(const Shape& small, Extent2 factor, F f) {
  const std::int64_t work = small[1] * small[2] * small[3] * factor.rows * factor.columns;
  const std::int64_t images = std::max<std::int64_t>(detail::kGrain / std::max<std::int64_t>(work, 1), 1);
  parallel_ranges(small[0], images, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin * small[1]; row < end * small[1]; ++row) f(row, row * factor.rows);
  });
}

// Each pixel `factor` times in a row.
template <class T>
void repeat_pixels(const T* x, std::int64_t pixels, std::int64_t channels, std::int64_t factor, T* y) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    for (std::int64_t i = 0; i < factor; ++i) y = std::copy_n(x + p * channels, channels, y);
  }
}

// x += the sum of `factor` pixels of y for each of its own.
template <class T>
HOURGLASS_CLONES void add_up_pixels(const T* y, std::int64_t pixels, std::int64_t channels,
                                    std::int64_t factor, T* x) {
  for (std::int64_t p = 0; p < pixels; ++p) {
    for (std::int64_t i = 0; i < factor; ++i, y += channels) {
      for (std::int64_t c = 0; c < channels; ++c) x[p * channels + c] += y[c];
    }
  }
}

// Calls f(offset in the small image, offset in the large one, weight) for every pair of pixels that bilinear
// interpolation connects, images in parallel.
template <class F>
void for_pairs(const Shape& small, Extent2 factor, F f) {
  const std::vector<Between> rows = places_between(small[1], factor.rows);
  const std::vector<Between> columns = places_between(small[2], factor.columns);
  const std::int64_t channels = small[3];
  const auto large_rows = static_cast<std::int64_t>(rows.size());
  const auto large_columns = static_cast<std::int64_t>(columns.size());
  const std::int64_t work = std::max<std::int64_t>(large_rows * large_columns * channels, 1);
  parallel_ranges(small[0], std::max<std::int64_t>(detail::kGrain / work, 1),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t at = begin * large_rows; at < end * large_rows; ++at) {
                      const Between& r = rows[static_cast<std::size_t>(at % large_rows)];
                      const std::int64_t image = at / large_rows * small[1];
                      for (std::int64_t q = 0; q < large_columns; ++q) {
                        const Between& c = columns[static_cast<std::size_t>(q)];
                        const auto pair = [&](std::int64_t row, std::int64_t column, double weight) {
                          if (weight != 0.0)
                            f(((image + row) * small[2] + column) * channels,
                              (at * large_columns + q) * channels, weight);
                        };
                        pair(r.before, c.before, (1.0 - r.weight) * (1.0 - c.weight));
                        pair(r.before, c.after, (1.0 - r.weight) * c.weight);
                        pair(r.after, c.before, r.weight * (1.0 - c.weight));
                        pair(r.after, c.after, r.weight * c.weight);
                      }
                    }
                  });
}

}  // namespace

Tensor upsample2d(const Tensor& x, Extent2 factor, Interpolation kind) {
  check("upsample2d", x, factor);
  const Shape& s = x.shape();
  const Tensor small = x.contiguous();
  return visit_floating("upsample2d", x.dtype(), [&]<class T>() {
    Tensor y = zeros({s[0], s[1] * factor.rows, s[2] * factor.columns, s[3]}, dtype_of<T>);
    T* const to = y.mutable_data<T>();
    const std::int64_t line = s[2] * s[3], wide = line * factor.columns;
    if (kind == Interpolation::nearest) {
      for_rows(s, factor, [&](std::int64_t row, std::int64_t first) {
        T* const large = to + first * wide;
        repeat_pixels(small.data<T>() + row * line, s[2], s[3], factor.columns, large);
        for (std::int64_t i = 1; i < factor.rows; ++i) std::copy_n(large, wide, large + i * wide);
      });
      return y;
    }
    for_pairs(s, factor, [&](std::int64_t from, std::int64_t at, double weight) {
      add_scaled(small.data<T>() + from, static_cast<T>(weight), to + at, s[3]);
    });
    return y;
  });
}

Tensor upsample2d_grad(const Tensor& dy, Extent2 factor, Interpolation kind) {
  const char* const op = "upsample2d_grad";
  check(op, dy, factor);
  const Shape& large = dy.shape();
  if (large[1] % factor.rows != 0 || large[2] % factor.columns != 0) {
    throw ShapeError("{}: height and width of {} must be multiples of the factors ({}, {})", op, large,
                     factor.rows, factor.columns);
  }
  const Shape s{large[0], large[1] / factor.rows, large[2] / factor.columns, large[3]};
  const Tensor from = dy.contiguous();
  return visit_floating(op, dy.dtype(), [&]<class T>() {
    Tensor dx = zeros(s, dtype_of<T>);
    T* const to = dx.mutable_data<T>();
    const std::int64_t line = s[2] * s[3], wide = line * factor.columns;
    if (kind == Interpolation::nearest) {
      for_rows(s, factor, [&](std::int64_t row, std::int64_t first) {
        for (std::int64_t i = 0; i < factor.rows; ++i)
          add_up_pixels(from.data<T>() + (first + i) * wide, s[2], s[3], factor.columns, to + row * line);
      });
      return dx;
    }
    for_pairs(s, factor, [&](std::int64_t at, std::int64_t of_large, double weight) {
      add_scaled(from.data<T>() + of_large, static_cast<T>(weight), to + at, s[3]);
    });
    return dx;
  });
}

}  // namespace hourglass
