#include <hourglass/tensor/blas.h>
#include <hourglass/tensor/conv.h>
#include <hourglass/tensor/conv_direct.h>
#include <hourglass/tensor/conv_packed.h>
#include <hourglass/tensor/conv_plan.h>
#include <hourglass/tensor/elementwise.h>
#include <hourglass/tensor/epilogue_kernel.h>
#include <hourglass/tensor/factory.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hourglass {

namespace {

using detail::ConvPlan;
using detail::Stretch;

/// A matrix (depth, width) that is multiplied to what the taps see, with `stride` elements between rows.
template <class T>
struct Weights {
  const T* data;
  std::int64_t stride;
};

template <class T>
const T* pixel(const ConvPlan& plan, const T* x, std::int64_t image, std::int64_t row, std::int64_t column) {
  return x + ((image * plan.in_rows + row) * plan.in_columns + column) * plan.in_channels;
}

// What one place sees: its taps' channels one after the other, zeros outside the image.
template <class T>
void copy_patch(const ConvPlan& plan, const T* x, std::int64_t image, std::int64_t row, std::int64_t column,
                bool dense, T* to) {
  const std::int64_t channels = plan.channels;
  const auto taps = static_cast<std::int64_t>(plan.tap_columns.size());
  for (const std::int64_t tap_row : plan.tap_rows) {
    const std::int64_t r = row + tap_row;
    if (r < 0 || r >= plan.in_rows) {
      to = std::fill_n(to, taps * channels, T{0});
      continue;
    }
    const T* const line = pixel(plan, x, image, r, 0);
    const std::int64_t first = column + (taps > 0 ? plan.tap_columns.front() : 0);
    if (dense && first >= 0 && first + taps <= plan.in_columns) {
      to = std::copy_n(line + first * channels, taps * channels, to);
      continue;
    }
    for (const std::int64_t tap_column : plan.tap_columns) {
      const std::int64_t c = column + tap_column;
      const bool inside = c >= 0 && c < plan.in_columns;
      to = inside ? std::copy_n(line + c * plan.in_channels, channels, to) : std::fill_n(to, channels, T{0});
    }
  }
}

// The patches of the places [begin, end), a matrix (places, depth).
template <class T>
void copy_patches(const ConvPlan& plan, const T* x, std::int64_t begin, std::int64_t end, T* to) {
  const bool dense = plan.dense_rows();
  const std::int64_t depth = plan.depth();
  for_stretches(plan, begin, end, [&](const Stretch& s) {
    for (std::int64_t i = 0; i < s.length; ++i) {
      copy_patch(plan, x, s.image, s.row * plan.step.rows, (s.column + i) * plan.step.columns, dense,
                 to + (s.at + i) * depth);
    }
  });
}

// z (places, width) += one input channel through the taps.
template <class T>
void spread_channel(const ConvPlan& plan, const T* x, Weights<T> w, std::int64_t begin, std::int64_t end,
                    T* z) {
  for_stretches(plan, begin, end, [&](const Stretch& s) {
    for_taps_inside(plan, s, [&](auto tap, auto row, auto first, auto last, auto column) {
      detail::add_outer(pixel(plan, x, s.image, row, column), plan.step.columns * plan.in_channels,
                        w.data + tap * w.stride, plan.width, z + (s.at + first) * plan.width, last - first);
    });
  });
}

// z (places) += all input channels through the taps.
template <class T>
void gather_channel(const ConvPlan& plan, const T* x, Weights<T> w, std::int64_t begin, std::int64_t end,
                    T* z) {
  constexpr std::int64_t kStretch = 64;
  std::array<T, kStretch * detail::kLanes> sums;
  Tensor column_of_w(Shape{plan.depth()}, dtype_of<T>);
  T* const dense = column_of_w.mutable_data<T>();
  for (std::int64_t k = 0; k < plan.depth(); ++k) dense[k] = w.data[k * w.stride];
  for_stretches(plan, begin, end, [&](const Stretch& whole) {
    for (std::int64_t at = 0; at < whole.length; at += kStretch) {
      const Stretch s{whole.image, whole.row, whole.column + at, std::min(kStretch, whole.length - at),
                      whole.at + at};
      sums.fill(T{0});
      for_taps_inside(plan, s, [&](auto tap, auto row, auto first, auto last, auto column) {
        detail::add_dots(pixel(plan, x, s.image, row, column), plan.step.columns * plan.in_channels,
                         dense + tap * plan.channels, plan.channels, sums.data() + first * detail::kLanes,
                         last - first);
      });
      detail::add_up_lanes(sums.data(), z + s.at, s.length);
    }
  });
}

// z (places, channels) += each channel by itself through the taps.
template <class T>
void weigh_channels(const ConvPlan& plan, const T* x, Weights<T> w, std::int64_t begin, std::int64_t end,
                    T* z) {
  const std::int64_t channels = plan.in_channels;
  for_stretches(plan, begin, end, [&](const Stretch& s) {
    for_taps_inside(plan, s, [&](auto tap, auto row, auto first, auto last, auto column) {
      detail::add_products(pixel(plan, x, s.image, row, column), plan.step.columns * channels,
                           w.data + tap * w.stride, channels, z + (s.at + first) * channels, channels,
                           last - first);
    });
  });
}

// Where the results of a stretch begin in the output.
std::int64_t output_offset(const ConvPlan& plan, const Stretch& s) {
  const std::int64_t row = plan.out_first.rows + s.row * plan.out_step.rows;
  const std::int64_t column = plan.out_first.columns + s.column * plan.out_step.columns;
  return ((s.image * plan.out_rows + row) * plan.out_columns + column) * plan.out_channels;
}

// y = f(taps · w + bias) at the places [begin, end) for one group; x, y and bias begin at its channels.
template <class T>
void convolve_tile(const ConvPlan& plan, const T* x, Weights<T> w, const T* bias, Epilogue f, T* y,
                   std::int64_t begin, std::int64_t end) {
  const std::int64_t n = end - begin, width = plan.pass_width(), depth = plan.depth();
  const bool in_place = plan.dense_output();
  Tensor apart(Shape{in_place ? 0 : n * width}, dtype_of<T>);
  T* const z = in_place ? y + begin * width : apart.mutable_data<T>();
  for (std::int64_t i = 0; i < n; ++i) {
    bias ? std::copy_n(bias, width, z + i * width) : std::fill_n(z + i * width, width, T{0});
  }
  if (plan.depthwise()) {
    weigh_channels(plan, x, w, begin, end, z);
  } else if (plan.channels == 1) {
    spread_channel(plan, x, w, begin, end, z);
  } else if (width == 1) {
    gather_channel(plan, x, w, begin, end, z);
  } else if (depth > 0) {
    Tensor patches(Shape{n * depth}, dtype_of<T>);
    copy_patches(plan, x, begin, end, patches.mutable_data<T>());
    blas::gemm(n, width, depth, {patches.data<T>(), depth, false}, {w.data, w.stride, false}, z, width, true);
  }
  detail::apply_epilogue<T>(f, nullptr, z, z, n * width);
  if (in_place) return;
  for_stretches(plan, begin, end, [&](const Stretch& s) {
    T* const to = y + output_offset(plan, s);
    for (std::int64_t i = 0; i < s.length; ++i) {
      std::copy_n(z + (s.at + i) * width, width, to + i * plan.out_step.columns * plan.out_channels);
    }
  });
}

// The sum over the places [begin, end) of patchᵀ y, added to w (depth, O), for one group.
template <class T>
void add_kernel_grad(const ConvPlan& plan, const T* x, const T* y, std::int64_t begin, std::int64_t end,
                     T* w) {
  const std::int64_t n = end - begin, width = plan.width, depth = plan.depth(), all = plan.out_channels;
  if (plan.channels > 1 && width > 1) {
    Tensor patches(Shape{n * depth}, dtype_of<T>);
    copy_patches(plan, x, begin, end, patches.mutable_data<T>());
    blas::gemm(depth, width, n, {patches.data<T>(), depth, true}, {y + begin * all, all, false}, w, all,
               true);
    return;
  }
  Tensor column(Shape{depth}, dtype_of<T>);  // of w, where it has one
  column.fill(0.0);
  T* const sums = column.mutable_data<T>();
  const std::int64_t stride = plan.step.columns * plan.in_channels;
  for_stretches(plan, begin, end, [&](const Stretch& s) {
    const T* const of_y = y + (begin + s.at) * all;
    for_taps_inside(plan, s, [&](auto tap, auto row, auto first, auto last, auto at) {
      const T* const of_x = pixel(plan, x, s.image, row, at);
      if (plan.depthwise()) {
        detail::add_product_sums(of_x, stride, of_y + first * all, all, all, w + tap * all, last - first);
      } else if (width == 1) {
        detail::add_weighted_sum(of_y + first * all, all, of_x, stride, plan.channels,
                                 sums + tap * plan.channels, last - first);
      } else {
        detail::add_weighted_sum(of_x, stride, of_y + first * all, all, width, w + tap * all, last - first);
      }
    });
  });
  if (width != 1 || plan.depthwise()) return;
  for (std::int64_t k = 0; k < depth; ++k) w[k * all] += sums[k];
}

// Calls f(pass, begin, end) for all tiles of all passes, in parallel.
template <class F>
void for_tiles(const ConvPlan& plan, F&& f) {
  const std::int64_t each = detail::tile_places(plan), places = plan.places();
  const std::int64_t tiles = (places + each - 1) / each;
  parallel_for(tiles * plan.passes(), [&](std::int64_t i) {
    const std::int64_t begin = i % tiles * each;
    f(i / tiles, begin, std::min(begin + each, places));
  });
}

// The part of the kernel that a phase's taps are, turned so that output channels come first:
// (kh, kw, C/groups, O) -> (passes, depth, C/groups); depthwise (taps, C).
template <class T>
Tensor turned_kernel(const Tensor& kernel, const detail::PhasePlan& phase) {
  const std::int64_t columns = kernel.shape(1), channels = kernel.shape(2), all = kernel.shape(3);
  const std::int64_t passes = phase.plan.passes(), width = all / passes;
  Tensor out(Shape{passes * phase.plan.taps() * width * channels}, dtype_of<T>);
  T* to = out.mutable_data<T>();
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    for (const std::int64_t i : phase.kernel_rows) {
      for (const std::int64_t j : phase.kernel_columns) {
        const T* const tap = kernel.data<T>() + (i * columns + j) * channels * all + pass * width;
        for (std::int64_t o = 0; o < width; ++o) {
          for (std::int64_t c = 0; c < channels; ++c) *to++ = tap[c * all + o];
        }
      }
    }
  }
  return out;
}

void check_types(const char* op, const Tensor& a, const Tensor& b, const Tensor* bias,
                 std::int64_t channels) {
  detail::expect_same_type(op, a, b);
  if (!bias) return;
  detail::expect_same_type(op, b, *bias);
  if (bias->shape() != Shape{channels}) {
    throw ShapeError("{}: needs a bias of shape {}, got {}", op, Shape{channels}, bias->shape());
  }
}

void check_output(const char* op, const ConvPlan& plan, const Shape& image, const Shape& y) {
  const Shape expected{plan.images, plan.out_rows, plan.out_columns, plan.out_channels};
  if (y != expected) {
    throw ShapeError("{}: the convolution of an image {} has the shape {}, but y has {}", op, image, expected,
                     y);
  }
}

template <class T>
struct Bias {
  explicit Bias(const Tensor* b) : held(b ? b->contiguous() : Tensor()), present(b != nullptr) {}
  [[nodiscard]] const T* at(std::int64_t channel) const {
    return present ? held.data<T>() + channel : nullptr;
  }
  Tensor held;
  bool present;
};

bool uses_packed(const ConvPlan& plan, DType dtype) {
  return dtype == float32 && detail::has_packed_convolution() && detail::is_packable(plan);
}

// Images, bias and activation through the packed kernels; what they do not do themselves follows.
void convolve_packed(const std::vector<detail::PackedPlan>& plans, const Tensor& images, const Tensor* b,
                     Epilogue f, Tensor& y) {
  const Bias<float> bias(b);
  float* const to = y.mutable_data<float>();
  detail::convolve_packed(plans, images.data<float>(), bias.at(0), f == Epilogue::relu, to);
  if (f == Epilogue::none || f == Epilogue::relu) return;
  parallel_ranges(y.size(), detail::kGrain, [&](std::int64_t begin, std::int64_t end) {
    detail::apply_epilogue<float>(f, nullptr, to + begin, to + begin, end - begin);
  });
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor* b, const Conv2DOptions& options, Epilogue f) {
  const ConvPlan plan = detail::plan_conv2d("conv2d", x.shape(), w.shape(), options);
  check_types("conv2d", x, w, b, plan.out_channels);
  const Tensor image = x.contiguous(), kernel = w.contiguous();
  Tensor y(Shape{plan.images, plan.rows, plan.columns, plan.out_channels}, x.dtype());
  if (uses_packed(plan, x.dtype())) {
    Tensor packed = detail::packed_kernel(kernel.data<float>(), plan.depth(), plan.width);
    convolve_packed({{plan, packed}}, image, b, f, y);
    return y;
  }
  return visit_floating("conv2d", x.dtype(), [&]<class T>() {
    const Bias<T> bias(b);
    T* const to = y.mutable_data<T>();
    for_tiles(plan, [&](std::int64_t group, std::int64_t begin, std::int64_t end) {
      const std::int64_t at = group * plan.width;
      convolve_tile<T>(plan, image.data<T>() + group * plan.channels,
                       {kernel.data<T>() + at, plan.out_channels}, bias.at(at), f, to + at, begin, end);
    });
    return y;
  });
}

Tensor conv1d(const Tensor& x, const Tensor& w, const Tensor* b, const Conv1DOptions& options, Epilogue f) {
  if (x.rank() != 3 || w.rank() != 3) {
    throw ShapeError("conv1d: needs sequences (N, L, C) and a kernel (k, C/groups, O), got {} and {}",
                     x.shape(), w.shape());
  }
  return squeeze(conv2d(unsqueeze(x, 1), unsqueeze(w, 0), b, along_columns(options), f), 1);
}

Tensor conv2d_input_grad(const Tensor& y, const Tensor& w, Extent2 image, const Conv2DOptions& options,
                         const Tensor* b, Epilogue f) {
  const char* const op = "conv2d_input_grad";
  if (y.rank() != 4 || w.rank() != 4) {
    throw ShapeError("{}: needs y (N, H, W, O) and a kernel (kh, kw, C/groups, O), got {} and {}", op,
                     y.shape(), w.shape());
  }
  const Shape shape{y.shape(0), image.rows, image.columns, w.shape(2) * options.groups};
  const ConvPlan forward = detail::plan_conv2d(op, shape, w.shape(), options);
  check_output(op, forward, shape, y.shape());
  check_types(op, y, w, b, shape[3]);
  const Tensor from = y.contiguous(), kernel = w.contiguous();
  const std::vector<detail::PhasePlan> phases = detail::plan_phases(forward);
  Tensor x(shape, y.dtype());
  const auto packable = [&](const detail::PhasePlan& phase) { return uses_packed(phase.plan, y.dtype()); };
  if (!phases.empty() && std::all_of(phases.begin(), phases.end(), packable)) {
    std::vector<detail::PackedPlan> packed;
    for (const detail::PhasePlan& phase : phases) {
      const Tensor turned = turned_kernel<float>(kernel, phase);
      packed.push_back(
          {phase.plan, detail::packed_kernel(turned.data<float>(), phase.plan.depth(), phase.plan.width)});
    }
    convolve_packed(packed, from, b, f, x);
    return x;
  }
  return visit_floating(op, y.dtype(), [&]<class T>() {
    const Bias<T> bias(b);
    T* const to = x.mutable_data<T>();
    for (const detail::PhasePlan& phase : phases) {
      const ConvPlan& plan = phase.plan;
      const Tensor turned = turned_kernel<T>(kernel, phase);
      for_tiles(plan, [&](std::int64_t group, std::int64_t begin, std::int64_t end) {
        const std::int64_t at = group * plan.width;
        convolve_tile<T>(plan, from.data<T>() + group * plan.channels,
                         {turned.data<T>() + group * plan.depth() * plan.width, plan.pass_width()},
                         bias.at(at), f, to + at, begin, end);
      });
    }
    return x;
  });
}

Tensor conv2d_kernel_grad(const Tensor& x, const Tensor& y, Extent2 kernel, const Conv2DOptions& options) {
  const char* const op = "conv2d_kernel_grad";
  if (x.rank() != 4 || y.rank() != 4 || options.groups < 1 || x.shape(3) % options.groups != 0) {
    throw ShapeError("{}: needs an image (N, H, W, C) in {} groups and y (N, H', W', O), got {} and {}", op,
                     options.groups, x.shape(), y.shape());
  }
  const Shape shape{kernel.rows, kernel.columns, x.shape(3) / options.groups, y.shape(3)};
  const ConvPlan plan = detail::plan_conv2d(op, x.shape(), shape, options);
  check_output(op, plan, x.shape(), y.shape());
  detail::expect_same_type(op, x, y);
  const Tensor image = x.contiguous(), output = y.contiguous();
  if (uses_packed(plan, x.dtype()) && plan.channels > 1) {
    Tensor w(shape, float32);
    detail::kernel_grad_packed(plan, image.data<float>(), output.data<float>(), w.mutable_data<float>());
    return w;
  }
  return visit_floating(op, x.dtype(), [&]<class T>() {
    constexpr std::int64_t kMostParts = 8;  // sums apart, added in order: the same for any number of threads
    const std::int64_t each = detail::tile_places(plan), places = plan.places();
    const std::int64_t tiles = (places + each - 1) / each,
                       parts = std::clamp(tiles, std::int64_t{1}, kMostParts);
    Tensor sums = zeros(shape.insert(0, parts), dtype_of<T>);
    T* const to = sums.mutable_data<T>();
    parallel_for(parts, [&](std::int64_t part) {
      for (std::int64_t tile = part * tiles / parts; tile < (part + 1) * tiles / parts; ++tile) {
        const std::int64_t begin = tile * each, end = std::min(begin + each, places);
        for (std::int64_t group = 0; group < plan.passes(); ++group) {
          const std::int64_t at = group * plan.width;
          add_kernel_grad<T>(plan, image.data<T>() + group * plan.channels, output.data<T>() + at, begin, end,
                             to + part * shape.size() + at);
        }
      }
    });
    Tensor w = sums[0];
    for (std::int64_t part = 1; part < parts; ++part) add_in_place(w, sums[part]);
    return w.clone();
  });
}

}  // namespace hourglass
