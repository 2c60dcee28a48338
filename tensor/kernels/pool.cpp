#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/base/rows.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/kernels/conv/direct.h>
#include <hourglass/tensor/kernels/pool.h>

#include <algorithm>
#include <limits>

namespace hourglass::detail {

namespace {

// The loops over one tap of a stretch: n places, `channels` numbers at each. x_stride counts elements between
// the tap's places.

template <class T>
void take_larger(const T* x, std::int64_t x_stride, T* y, std::int64_t channels, std::int64_t n) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) {
      const T* const from = x + i * x_stride;
      T* const to = y + i * channels;
      for (std::int64_t c = 0; c < channels; ++c)
        to[c] = from[c] > to[c] || from[c] != from[c] ? from[c] : to[c];
    }
  });
}

// dx += rest where x is the largest of its window; what has found its place is taken from the rest.
template <class T>
void give_to_largest(const T* x, T* dx, std::int64_t x_stride, const T* y, T* rest, std::int64_t channels,
                     std::int64_t n) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t c = 0; c < channels; ++c) {
        const T v = x[i * x_stride + c], top = y[i * channels + c], g = rest[i * channels + c];
        const bool hit = v == top || (v != v && top != top);
        dx[i * x_stride + c] += hit ? g : T{0};
        rest[i * channels + c] = hit ? T{0} : g;
      }
    }
  });
}

// out = g where x is the first largest of its window; `open` is 1 where that is still to come.
template <class T>
void take_from_largest(const T* x, const T* g, std::int64_t x_stride, const T* y, T* open, T* out,
                       std::int64_t channels, std::int64_t n) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t c = 0; c < channels; ++c) {
        const T v = x[i * x_stride + c], top = y[i * channels + c];
        const bool hit = open[i * channels + c] > 0 && (v == top || (v != v && top != top));
        out[i * channels + c] = hit ? g[i * x_stride + c] : out[i * channels + c];
        open[i * channels + c] = hit ? T{0} : open[i * channels + c];
      }
    }
  });
}

template <class T>
void add_strided(const T* x, std::int64_t x_stride, T* y, std::int64_t y_stride, std::int64_t channels,
                 std::int64_t n) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t c = 0; c < channels; ++c) y[i * y_stride + c] += x[i * x_stride + c];
    }
  });
}

// Where the places of a stretch that a tap reaches begin in the image and in the output.
struct TapAt {
  std::int64_t in, out, count;
};

enum class Cut : std::uint8_t { rows, images };

// Calls f(stretch) for stretches that cover all places, in parallel over rows of the output, or over whole
// images; begin(first, last) is called first for the rows that a thread takes, counted over all images.
template <class Begin, class F>
void for_places(const ConvPlan& plan, Cut cut, Begin begin_rows, F f) {
  const std::int64_t rows = cut == Cut::images ? plan.rows : 1, units = plan.images * plan.rows / rows;
  const std::int64_t work = std::max<std::int64_t>(rows * plan.columns * plan.out_channels, 1);
  parallel_ranges(units, std::max<std::int64_t>(kGrain / work, 1), [&](std::int64_t begin, std::int64_t end) {
    begin_rows(begin * rows, end * rows);
    for_stretches(plan, begin * rows * plan.columns, end * rows * plan.columns, f);
  });
}

// Where something is added to the image: windows that overlap in rows must be one thread's.
Cut cut_of_gradient(const ConvPlan& plan) {
  const auto [first, last] = std::minmax_element(plan.tap_rows.begin(), plan.tap_rows.end());
  return *last - *first < plan.step.rows ? Cut::rows : Cut::images;
}

// The first image row that belongs to a row of the output: all belong to one.
std::int64_t image_row(const ConvPlan& plan, std::int64_t row) {
  const std::int64_t image = row / plan.rows * plan.in_rows, within = row % plan.rows;
  if (within == 0) return image;
  const std::int64_t at =
      within * plan.step.rows + *std::min_element(plan.tap_rows.begin(), plan.tap_rows.end());
  return image + std::clamp<std::int64_t>(at, 0, plan.in_rows);
}

std::int64_t output_at(const ConvPlan& plan, const Stretch& s) {
  return ((s.image * plan.rows + s.row) * plan.columns + s.column) * plan.out_channels;
}

template <class F>
void for_taps_at(const ConvPlan& plan, const Stretch& s, F f) {
  const std::int64_t to = output_at(plan, s);
  for_taps_inside(plan, s, [&](auto /*tap*/, auto row, auto first, auto last, auto column) {
    const std::int64_t pixel = (s.image * plan.in_rows + row) * plan.in_columns + column;
    f(TapAt{pixel * plan.in_channels, to + first * plan.out_channels, last - first});
  });
}

// Each place of a stretch divided by the number of taps that reach it: dividing by rows and columns apart.
template <class T>
void divide_by_reached(const ConvPlan& plan, const Stretch& s, T* y) {
  const auto inside = [](const std::vector<std::int64_t>& taps, std::int64_t at, std::int64_t extent) {
    return std::count_if(taps.begin(), taps.end(),
                         [&](std::int64_t tap) { return at + tap >= 0 && at + tap < extent; });
  };
  const auto rows = inside(plan.tap_rows, s.row * plan.step.rows, plan.in_rows);
  for (std::int64_t i = 0; i < s.length; ++i) {
    const auto columns = inside(plan.tap_columns, (s.column + i) * plan.step.columns, plan.in_columns);
    const T scale = T{1} / static_cast<T>(std::max<std::ptrdiff_t>(rows * columns, 1));
    for (std::int64_t c = 0; c < plan.out_channels; ++c) y[i * plan.out_channels + c] *= scale;
  }
}

// Numbers of a row.
std::int64_t out_row(const ConvPlan& plan) { return plan.columns * plan.out_channels; }
std::int64_t in_row(const ConvPlan& plan) { return plan.in_columns * plan.in_channels; }

// What the rows [first, last) of the output own of the image, set to 0.
template <class T>
void clear_image(const ConvPlan& plan, std::int64_t first, std::int64_t last, T* dx) {
  std::fill(dx + image_row(plan, first) * in_row(plan), dx + image_row(plan, last) * in_row(plan), T{0});
}

}  // namespace

template <class T>
void max_pool(const ConvPlan& plan, const T* x, T* y) {
  const std::int64_t channels = plan.in_channels, stride = plan.step.columns * channels;
  const std::int64_t out = out_row(plan);
  const auto begin = [&](std::int64_t first, std::int64_t last) {
    std::fill(y + first * out, y + last * out, -std::numeric_limits<T>::infinity());
  };
  for_places(plan, Cut::rows, begin, [&](const Stretch& s) {
    for_taps_at(plan, s,
                [&](const TapAt& at) { take_larger(x + at.in, stride, y + at.out, channels, at.count); });
  });
}

template <class T>
void max_pool_grad(const ConvPlan& plan, const T* dy, const T* x, const T* y, T* dx) {
  const std::int64_t channels = plan.in_channels, stride = plan.step.columns * channels;
  const std::int64_t out = out_row(plan);
  Buffer<T> rest(plan.images * plan.rows * out);
  const auto begin = [&](std::int64_t first, std::int64_t last) {
    std::copy(dy + first * out, dy + last * out, rest.data() + first * out);
    clear_image(plan, first, last, dx);
  };
  for_places(plan, cut_of_gradient(plan), begin, [&](const Stretch& s) {
    for_taps_at(plan, s, [&](const TapAt& at) {
      give_to_largest(x + at.in, dx + at.in, stride, y + at.out, rest.data() + at.out, channels, at.count);
    });
  });
}

template <class T>
void max_pool_take(const ConvPlan& plan, const T* g, const T* x, const T* y, T* out) {
  const std::int64_t channels = plan.in_channels, stride = plan.step.columns * channels;
  const std::int64_t size = out_row(plan);
  Buffer<T> open(plan.images * plan.rows * size);
  const auto begin = [&](std::int64_t first, std::int64_t last) {
    std::fill(open.data() + first * size, open.data() + last * size, T{1});
    std::fill(out + first * size, out + last * size, T{0});
  };
  for_places(plan, Cut::rows, begin, [&](const Stretch& s) {
    for_taps_at(plan, s, [&](const TapAt& at) {
      take_from_largest(x + at.in, g + at.in, stride, y + at.out, open.data() + at.out, out + at.out,
                        channels, at.count);
    });
  });
}

template <class T>
void average_pool(const ConvPlan& plan, const T* x, T* y) {
  const std::int64_t channels = plan.in_channels, stride = plan.step.columns * channels;
  const std::int64_t out = out_row(plan);
  const auto begin = [&](std::int64_t first, std::int64_t last) {
    std::fill(y + first * out, y + last * out, T{0});
  };
  for_places(plan, Cut::rows, begin, [&](const Stretch& s) {
    for_taps_at(plan, s, [&](const TapAt& at) {
      add_strided(x + at.in, stride, y + at.out, channels, channels, at.count);
    });
    divide_by_reached(plan, s, y + output_at(plan, s));
  });
}

template <class T>
void average_pool_grad(const ConvPlan& plan, const T* dy, T* dx) {
  const std::int64_t channels = plan.in_channels, stride = plan.step.columns * channels;
  const std::int64_t out = out_row(plan);
  Buffer<T> shares(plan.images * plan.rows * out);
  const auto begin = [&](std::int64_t first, std::int64_t last) {
    std::copy(dy + first * out, dy + last * out, shares.data() + first * out);
    clear_image(plan, first, last, dx);
  };
  for_places(plan, cut_of_gradient(plan), begin, [&](const Stretch& s) {
    divide_by_reached(plan, s, shares.data() + output_at(plan, s));
    for_taps_at(plan, s, [&](const TapAt& at) {
      add_strided(shares.data() + at.out, channels, dx + at.in, stride, channels, at.count);
    });
  });
}

template void max_pool(const ConvPlan&, const float*, float*);
template void max_pool_grad(const ConvPlan&, const float*, const float*, const float*, float*);
template void max_pool_take(const ConvPlan&, const float*, const float*, const float*, float*);
template void average_pool(const ConvPlan&, const float*, float*);
template void average_pool_grad(const ConvPlan&, const float*, float*);
template void max_pool(const ConvPlan&, const double*, double*);
template void max_pool_grad(const ConvPlan&, const double*, const double*, const double*, double*);
template void max_pool_take(const ConvPlan&, const double*, const double*, const double*, double*);
template void average_pool(const ConvPlan&, const double*, double*);
template void average_pool_grad(const ConvPlan&, const double*, double*);

}  // namespace hourglass::detail
