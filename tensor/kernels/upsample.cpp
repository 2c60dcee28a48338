#include <hourglass/tensor/base/rows.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/kernels/upsample.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hourglass::detail {

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
void add_scaled(const T* x, T w, T* y, std::int64_t n) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) y[i] += w * x[i];
  });
}

// Calls f(row of the small images, row of the large ones) for each row of small images and the first of the
// rows that it becomes, images in parallel. Rows count through all images.
template <class F>
void for_rows(const UpsampleExtents& e, F f) {
  const std::int64_t work = e.rows * e.columns * e.channels * e.factor.rows * e.factor.columns;
  const std::int64_t images = std::max<std::int64_t>(kGrain / std::max<std::int64_t>(work, 1), 1);
  parallel_ranges(e.images, images, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin * e.rows; row < end * e.rows; ++row) f(row, row * e.factor.rows);
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
void add_up_pixels(const T* y, std::int64_t pixels, std::int64_t channels, std::int64_t factor, T* x) {
  dispatch([=](auto /*set*/) mutable {
    for (std::int64_t p = 0; p < pixels; ++p) {
      for (std::int64_t i = 0; i < factor; ++i, y += channels) {
        for (std::int64_t c = 0; c < channels; ++c) x[p * channels + c] += y[c];
      }
    }
  });
}

// Calls f(offset in the small image, offset in the large one, weight) for every pair of pixels that bilinear
// interpolation connects, images in parallel.
template <class F>
void for_pairs(const UpsampleExtents& e, F f) {
  const std::vector<Between> rows = places_between(e.rows, e.factor.rows);
  const std::vector<Between> columns = places_between(e.columns, e.factor.columns);
  const std::int64_t channels = e.channels;
  const auto large_rows = static_cast<std::int64_t>(rows.size());
  const auto large_columns = static_cast<std::int64_t>(columns.size());
  const std::int64_t work = std::max<std::int64_t>(large_rows * large_columns * channels, 1);
  parallel_ranges(e.images, std::max<std::int64_t>(kGrain / work, 1),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t at = begin * large_rows; at < end * large_rows; ++at) {
                      const Between& r = rows[static_cast<std::size_t>(at % large_rows)];
                      const std::int64_t image = at / large_rows * e.rows;
                      for (std::int64_t q = 0; q < large_columns; ++q) {
                        const Between& c = columns[static_cast<std::size_t>(q)];
                        const auto pair = [&](std::int64_t row, std::int64_t column, double weight) {
                          if (weight != 0.0)
                            f(((image + row) * e.columns + column) * channels,
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

template <class T>
void upsample_nearest(const UpsampleExtents& e, const T* x, T* y) {
  const std::int64_t line = e.columns * e.channels, wide = line * e.factor.columns;
  for_rows(e, [&](std::int64_t row, std::int64_t first) {
    T* const large = y + first * wide;
    repeat_pixels(x + row * line, e.columns, e.channels, e.factor.columns, large);
    for (std::int64_t i = 1; i < e.factor.rows; ++i) std::copy_n(large, wide, large + i * wide);
  });
}

template <class T>
void upsample_nearest_grad(const UpsampleExtents& e, const T* dy, T* dx) {
  const std::int64_t line = e.columns * e.channels, wide = line * e.factor.columns;
  for_rows(e, [&](std::int64_t row, std::int64_t first) {
    for (std::int64_t i = 0; i < e.factor.rows; ++i)
      add_up_pixels(dy + (first + i) * wide, e.columns, e.channels, e.factor.columns, dx + row * line);
  });
}

template <class T>
void upsample_bilinear(const UpsampleExtents& e, const T* x, T* y) {
  for_pairs(e, [&](std::int64_t small, std::int64_t large, double weight) {
    add_scaled(x + small, static_cast<T>(weight), y + large, e.channels);
  });
}

template <class T>
void upsample_bilinear_grad(const UpsampleExtents& e, const T* dy, T* dx) {
  for_pairs(e, [&](std::int64_t small, std::int64_t large, double weight) {
    add_scaled(dy + large, static_cast<T>(weight), dx + small, e.channels);
  });
}

template void upsample_nearest(const UpsampleExtents&, const float*, float*);
template void upsample_nearest_grad(const UpsampleExtents&, const float*, float*);
template void upsample_bilinear(const UpsampleExtents&, const float*, float*);
template void upsample_bilinear_grad(const UpsampleExtents&, const float*, float*);
template void upsample_nearest(const UpsampleExtents&, const double*, double*);
template void upsample_nearest_grad(const UpsampleExtents&, const double*, double*);
template void upsample_bilinear(const UpsampleExtents&, const double*, double*);
template void upsample_bilinear_grad(const UpsampleExtents&, const double*, double*);

}  // namespace hourglass::detail
