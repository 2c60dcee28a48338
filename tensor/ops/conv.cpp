#include <hourglass/tensor/kernels/conv/geometry.h>
#include <hourglass/tensor/kernels/conv/packed.h>
#include <hourglass/tensor/kernels/conv/patches.h>
#include <hourglass/tensor/kernels/epilogue_kernel.h>
#include <hourglass/tensor/ops/conv.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hourglass {

namespace {

using detail::ConvPlan;
using detail::uses_packed;

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

void apply_everywhere(Epilogue f, Tensor& y) {
  float* const to = y.mutable_data<float>();
  parallel_ranges(y.size(), detail::kGrain, [&](std::int64_t begin, std::int64_t end) {
    detail::apply_epilogue<float>(f, nullptr, to + begin, to + begin, end - begin);
  });
}

// Images, bias and activation through the packed kernels; what they do not do themselves follows.
void convolve_packed(const std::vector<detail::PackedPlan>& plans, const Tensor& images, const Tensor* b,
                     Epilogue f, Tensor& y) {
  const Bias<float> bias(b);
  detail::convolve_packed(plans, images.data<float>(), bias.at(0), f == Epilogue::relu,
                          y.mutable_data<float>());
  if (f != Epilogue::none && f != Epilogue::relu) apply_everywhere(f, y);
}

void gather_packed(const ConvPlan& plan, const Tensor& images, const Tensor& kernel, const Tensor* b,
                   Epilogue f, Tensor& y) {
  const float bias = b ? static_cast<float>(b->item()) : 0.0F;
  detail::gather_packed(plan, images.data<float>(), kernel.data<float>(), bias, y.mutable_data<float>());
  if (f != Epilogue::none) apply_everywhere(f, y);
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor* b, const Conv2DOptions& options, Epilogue f) {
  const ConvPlan plan = detail::plan_conv2d("conv2d", x.shape(), w.shape(), options);
  check_types("conv2d", x, w, b, plan.out_channels);
  const Tensor image = x.contiguous(), kernel = w.contiguous();
  Tensor y(Shape{plan.images, plan.rows, plan.columns, plan.out_channels}, x.dtype());
  if (uses_packed(plan, x.dtype()) && plan.width == 1) {
    gather_packed(plan, image, kernel, b, f, y);
    return y;
  }
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
      detail::convolve_tile<T>(plan, image.data<T>() + group * plan.channels,
                               {kernel.data<T>() + at, plan.out_channels}, bias.at(at), f, to + at, begin,
                               end);
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
  const auto packable = [&](const detail::PhasePlan& phase) {
    return uses_packed(phase.plan, y.dtype()) && phase.plan.width > 1;
  };
  if (!phases.empty() && std::all_of(phases.begin(), phases.end(), packable)) {
    std::vector<detail::PackedPlan> packed;
    packed.reserve(phases.size());
    for (const detail::PhasePlan& phase : phases)
      packed.push_back({phase.plan, detail::packed_turned_kernel(kernel, phase)});
    convolve_packed(packed, from, b, f, x);
    return x;
  }
  if (phases.size() == 1 && uses_packed(phases[0].plan, y.dtype())) {
    gather_packed(phases[0].plan, from, turned_kernel<float>(kernel, phases[0]), b, f, x);
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
        detail::convolve_tile<T>(plan, from.data<T>() + group * plan.channels,
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
  if (uses_packed(plan, x.dtype()) && plan.width > 1) {
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
          detail::add_kernel_grad<T>(plan, image.data<T>() + group * plan.channels, output.data<T>() + at,
                                     begin, end, to + part * shape.size() + at);
        }
      }
    });
    Tensor w = sums[0];
    for (std::int64_t part = 1; part < parts; ++part) add_in_place(w, sums[part]);
    return w.clone();
  });
}

}  // namespace hourglass
