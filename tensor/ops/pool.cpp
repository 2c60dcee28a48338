#include <hourglass/tensor/base/clones.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/kernels/conv/direct.h>
#include <hourglass/tensor/kernels/conv/geometry.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/pool.h>

#include <algorithm>
#include <limits>

namespace hourglass {

namespace {

using detail::ConvPlan;
using detail::Stretch;

// The loops over one tap of a stretch: n places, `channels` numbers at each. x_stride counts elements between
// the tap's places.

template <class T>
HOURGLASS_CLONES void take_larger(const T* x, std::int64_t x_stride, T* y, std::int64_t channels,
                                  std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    const T* const from = x + i * x_stride;
    T* const to = y + i * channels;
    for (std::int64_t c = 0; c < channels; ++c)
      to[c] = from[c] > to[c] || from[c] != from[c] ? from[c] : to[c];
  }
}

// dx += rest where x is the largest of its window; what has found its place is taken from the rest.
template <class T>
HOURGLASS_CLONES void give_to_largest(const T* x, T* dx, std::int64_t x_stride, const T* y, T* rest,
                                      std::int64_t channels, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const T v = x[i * x_stride + c], top = y[i * channels + c], g = rest[i * channels + c];
      const bool hit = v == top || (v != v && top != top);
      dx[i * x_stride + c] += hit ? g : T{0};
      rest[i * channels + c] = hit ? T{0} : g;
    }
  }
}

// out = g where x is the first largest of its window; `open` is 1 where that is still to come.
template <class T>
HOURGLASS_CLONES void take_from_largest(const T* x, const T* g, std::int64_t x_stride, const T* y, T* open,
                                        T* out, std::int64_t channels, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const T v = x[i * x_stride + c], top = y[i * channels + c];
      const bool hit = open[i * channels + c] > 0 && (v == top || (v != v && top != top));
      out[i * channels + c] = hit ? g[i * x_stride + c] : out[i * channels + c];
      open[i * channels + c] = hit ? T{0} : open[i * channels + c];
    }
  }
}

template <class T>
HOURGLASS_CLONES void add_strided(const T* x, std::int64_t x_stride, T* y, std::int64_t y_stride,
                                  std::int64_t channels, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t c = 0; c < channels; ++c) y[i * y_stride + c] += x[i * x_stride + c];
  }
}

// Every window has to see something of the image.
void check_axis(const char* op, const Shape& image, int axis, std::int64_t window, std::int64_t before,
                std::int64_t after) {
  const char* const lines = axis == 1 ? "rows" : "columns";
  if (before >= window || after >= window) {
    throw ShapeError("{}: a padding of {} {} is not smaller than the window, which has {}", op,
                     std::max(before, after), lines, window);
  }
  if (window > image[axis] + before + after) {
    throw ShapeError(
        "{}: a window of {} {} is larger than the input {}, which has {}; take a smaller window or "
        "same padding",
        op, window, lines, image, image[axis]);
  }
}

// A window is a depthwise kernel.
ConvPlan plan_pool(const char* op, const Shape& image, const Pool2DOptions& o) {
  if (image.rank() != 4) throw ShapeError("{}: needs images (N, H, W, C), got shape {}", op, image);
  if (o.window.rows < 1 || o.window.columns < 1) {
    throw ShapeError("{}: the window must have at least one row and column, got ({}, {})", op, o.window.rows,
                     o.window.columns);
  }
  const Extent2 stride = o.stride.value_or(o.window);
  const Conv2DOptions known =
      with_explicit_padding({.stride = stride, .padding = o.padding}, {image[1], image[2]}, o.window);
  check_axis(op, image, 1, o.window.rows, known.padding.top, known.padding.bottom);
  check_axis(op, image, 2, o.window.columns, known.padding.left, known.padding.right);
  const Shape one{image[0], image[1], image[2], 1}, window{o.window.rows, o.window.columns, 1, 1};
  ConvPlan plan = detail::plan_conv2d(op, one, window, known);
  plan.in_channels = plan.out_channels = image[3];
  return plan;
}

Shape output_shape(const ConvPlan& plan) { return {plan.images, plan.rows, plan.columns, plan.out_channels}; }

void expect_shape(const char* op, const char* what, const Tensor& x, const Shape& shape) {
  if (x.shape() != shape) throw ShapeError("{}: {} must have shape {}, got {}", op, what, shape, x.shape());
}

// Where the places of a stretch that a tap reaches begin in the image and in the output.
struct TapAt {
  std::int64_t in, out, count;
};

// Calls f(stretch) for stretches that cover all places. Images go to threads whole where windows overlap,
// since they are written to.
template <class F>
void for_places(const ConvPlan& plan, F f) {
  const std::int64_t of_image = plan.rows * plan.columns;
  const std::int64_t work = std::max<std::int64_t>(of_image * plan.out_channels, 1);
  const std::int64_t images = std::max<std::int64_t>(detail::kGrain / work, 1);
  parallel_ranges(plan.images, images, [&](std::int64_t begin, std::int64_t end) {
    for_stretches(plan, begin * of_image, end * of_image, f);
  });
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

}  // namespace

Tensor max_pool2d(const Tensor& x, const Pool2DOptions& options) {
  const ConvPlan plan = plan_pool("max_pool2d", x.shape(), options);
  const Tensor image = x.contiguous();
  return visit_floating("max_pool2d", x.dtype(), [&]<class T>() {
    Tensor y(output_shape(plan), dtype_of<T>);
    T* const to = y.mutable_data<T>();
    const std::int64_t channels = plan.in_channels, stride = plan.step.columns * channels;
    for_places(plan, [&](const Stretch& s) {
      std::fill_n(to + output_at(plan, s), s.length * channels, -std::numeric_limits<T>::infinity());
      for_taps_at(plan, s, [&](const TapAt& at) {
        take_larger(image.data<T>() + at.in, stride, to + at.out, channels, at.count);
      });
    });
    return y;
  });
}

Tensor max_pool2d_grad(const Tensor& dy, const Tensor& x, const Tensor& y, const Pool2DOptions& options) {
  const char* const op = "max_pool2d_grad";
  const ConvPlan plan = plan_pool(op, x.shape(), options);
  expect_shape(op, "dy", dy, output_shape(plan));
  expect_shape(op, "y", y, output_shape(plan));
  const Tensor image = x.contiguous(), tops = y.contiguous();
  return visit_floating(op, x.dtype(), [&]<class T>() {
    Tensor dx = zeros_like(image), rest = dy.clone();
    T* const to = dx.mutable_data<T>();
    T* const left = rest.mutable_data<T>();
    const std::int64_t channels = plan.in_channels, stride = plan.step.columns * channels;
    for_places(plan, [&](const Stretch& s) {
      for_taps_at(plan, s, [&](const TapAt& at) {
        give_to_largest(image.data<T>() + at.in, to + at.in, stride, tops.data<T>() + at.out, left + at.out,
                        channels, at.count);
      });
    });
    return dx;
  });
}

Tensor max_pool2d_take(const Tensor& g, const Tensor& x, const Tensor& y, const Pool2DOptions& options) {
  const char* const op = "max_pool2d_take";
  const ConvPlan plan = plan_pool(op, x.shape(), options);
  expect_shape(op, "g", g, x.shape());
  expect_shape(op, "y", y, output_shape(plan));
  const Tensor image = x.contiguous(), tops = y.contiguous(), from = g.contiguous();
  return visit_floating(op, x.dtype(), [&]<class T>() {
    Tensor out = zeros_like(tops), open = ones_like(tops);
    T* const to = out.mutable_data<T>();
    T* const left = open.mutable_data<T>();
    const std::int64_t channels = plan.in_channels, stride = plan.step.columns * channels;
    for_places(plan, [&](const Stretch& s) {
      for_taps_at(plan, s, [&](const TapAt& at) {
        take_from_largest(image.data<T>() + at.in, from.data<T>() + at.in, stride, tops.data<T>() + at.out,
                          left + at.out, to + at.out, channels, at.count);
      });
    });
    return out;
  });
}

Tensor average_pool2d(const Tensor& x, const Pool2DOptions& options) {
  const ConvPlan plan = plan_pool("average_pool2d", x.shape(), options);
  const Tensor image = x.contiguous();
  return visit_floating("average_pool2d", x.dtype(), [&]<class T>() {
    Tensor y = zeros(output_shape(plan), dtype_of<T>);
    T* const to = y.mutable_data<T>();
    const std::int64_t channels = plan.in_channels, stride = plan.step.columns * channels;
    for_places(plan, [&](const Stretch& s) {
      for_taps_at(plan, s, [&](const TapAt& at) {
        add_strided(image.data<T>() + at.in, stride, to + at.out, channels, channels, at.count);
      });
      divide_by_reached(plan, s, to + output_at(plan, s));
    });
    return y;
  });
}

Tensor average_pool2d_grad(const Tensor& dy, const Shape& image, const Pool2DOptions& options) {
  const char* const op = "average_pool2d_grad";
  const ConvPlan plan = plan_pool(op, image, options);
  expect_shape(op, "dy", dy, output_shape(plan));
  return visit_floating(op, dy.dtype(), [&]<class T>() {
    Tensor dx = zeros(image, dtype_of<T>), shares = dy.clone();
    T* const to = dx.mutable_data<T>();
    T* const from = shares.mutable_data<T>();
    const std::int64_t channels = plan.in_channels, stride = plan.step.columns * channels;
    for_places(plan, [&](const Stretch& s) {
      divide_by_reached(plan, s, from + output_at(plan, s));
      for_taps_at(plan, s, [&](const TapAt& at) {
        add_strided(from + at.out, channels, to + at.in, stride, channels, at.count);
      });
    });
    return dx;
  });
}

}  // namespace hourglass
