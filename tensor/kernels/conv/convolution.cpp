#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/kernels/conv/convolution.h>
#include <hourglass/tensor/kernels/conv/engine.h>
#include <hourglass/tensor/kernels/conv/packed.h>
#include <hourglass/tensor/kernels/conv/patches.h>
#include <hourglass/tensor/kernels/reduce.h>

#include <algorithm>

namespace hourglass::detail {

namespace {

// Calls f(pass, begin, end) for all tiles of all passes, in parallel.
template <class F>
void for_tiles(const ConvPlan& plan, F&& f) {
  const std::int64_t each = tile_places(plan), places = plan.places(), tiles = (places + each - 1) / each;
  parallel_for(tiles * plan.passes(), [&](std::int64_t i) {
    const std::int64_t begin = i % tiles * each;
    f(i / tiles, begin, std::min(begin + each, places));
  });
}

// The part of a kernel (kh, kw, C/groups, O) that a phase's taps are, turned so that output channels come
// first:  -> (passes, depth, C/groups); depthwise (taps, C).
template <class T>
Buffer<T> turned_kernel(const T* w, const PhasePlan& phase) {
  const ConvPlan& p = phase.plan;
  const std::int64_t channels = p.width, all = p.in_channels, passes = p.passes(), width = all / passes;
  Buffer<T> out(passes * p.taps() * width * channels);
  T* to = out.data();
  for (std::int64_t pass = 0; pass < passes; ++pass) {
    phase.for_kernel_taps([&](std::int64_t tap) {
      const T* const from = w + tap * channels * all + pass * width;
      for (std::int64_t o = 0; o < width; ++o) {
        for (std::int64_t c = 0; c < channels; ++c) *to++ = from[c * all + o];
      }
    });
  }
  return out;
}

// All places of a plan; the kernel of a pass begins `pass_step` after that of the pass before.
template <class T>
void convolve_patches(const ConvPlan& plan, const T* x, Weights<T> w, std::int64_t pass_step, const T* bias,
                      Epilogue f, T* y) {
  for_tiles(plan, [&](std::int64_t pass, std::int64_t begin, std::int64_t end) {
    const std::int64_t at = pass * plan.width;
    convolve_tile<T>(plan, x + pass * plan.channels, {w.data + pass * pass_step, w.stride},
                     bias ? bias + at : nullptr, f, y + at, begin, end);
  });
}

template <class T>
void kernel_grad_patches(const ConvPlan& plan, const T* x, const T* y, T* w) {
  constexpr std::int64_t kMostParts = 8;  // sums apart, added in order: the same for any number of threads
  const std::int64_t each = tile_places(plan), places = plan.places(), tiles = (places + each - 1) / each;
  const std::int64_t parts = std::clamp(tiles, std::int64_t{1}, kMostParts);
  const std::int64_t size = plan.depth() * plan.out_channels;
  Buffer<T> sums(parts * size, T{0});
  parallel_for(parts, [&](std::int64_t part) {
    for (std::int64_t tile = part * tiles / parts; tile < (part + 1) * tiles / parts; ++tile) {
      const std::int64_t begin = tile * each, end = std::min(begin + each, places);
      for (std::int64_t pass = 0; pass < plan.passes(); ++pass) {
        const std::int64_t at = pass * plan.width;
        add_kernel_grad<T>(plan, x + pass * plan.channels, y + at, begin, end,
                           sums.data() + part * size + at);
      }
    }
  });
  std::copy_n(sums.data(), size, w);
  for (std::int64_t part = 1; part < parts; ++part)
    map_row(w, sums.data() + part * size, w, size, [](T a, T b) { return a + b; });
}

template <class T, class F>
void map_in_parallel(const T* a, const T* b, T* y, std::int64_t n, F f) {
  parallel_ranges(n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    map_row(a + begin, b + begin, y + begin, end - begin, f);
  });
}

// What the register tiles do not do themselves.
void apply_everywhere(Epilogue f, const ConvPlan& plan, float* y) {
  const std::int64_t n = plan.images * plan.out_rows * plan.out_columns * plan.out_channels;
  parallel_ranges(n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    apply_epilogue<float>(f, nullptr, y + begin, y + begin, end - begin);
  });
}

void convolve_tiles(const std::vector<PackedPlan>& plans, const float* x, const float* bias, Epilogue f,
                    float* y) {
  convolve_packed(plans, x, bias, f == Epilogue::relu, y);
  if (f != Epilogue::none && f != Epilogue::relu) apply_everywhere(f, plans.front().plan, y);
}

void convolve_gathered(const ConvPlan& plan, const float* x, const float* w, const float* bias, Epilogue f,
                       float* y) {
  gather_packed(plan, x, w, bias ? *bias : 0.0F, y);
  if (f != Epilogue::none) apply_everywhere(f, plan, y);
}

std::vector<PackedPlan> packed_phases(const std::vector<PhasePlan>& phases, const float* w) {
  std::vector<PackedPlan> out;
  out.reserve(phases.size());
  for (const PhasePlan& phase : phases) out.push_back(packed_phase(phase, w));
  return out;
}

// One after the other, where they cannot be made in one pass.
template <class T>
void each_gradient(const ConvPlan& plan, bool transposed, Epilogue f, const ConvGradientArrays<T>& a) {
  const std::int64_t channels = transposed ? plan.in_channels : plan.out_channels;
  const std::int64_t pixels =
      plan.images * (transposed ? plan.in_rows * plan.in_columns : plan.rows * plan.columns);
  Buffer<T> apart(f == Epilogue::none ? 0 : pixels * channels);
  const T* const dz = f == Epilogue::none ? a.dy : apart.data();
  if (f != Epilogue::none) {
    with_activation(f, [&]<class F>(F) {
      map_in_parallel(a.dy, a.y, apart.data(), apart.size(), [](T d, T v) {
        T slope;
        F::slope(d, v, slope);
        return slope;
      });
    });
  }
  const T* const no_bias = nullptr;
  if (a.dx && transposed) convolve(plan, dz, a.w, no_bias, Epilogue::none, a.dx);
  if (a.dx && !transposed) convolve_input_grad(plan, dz, a.w, no_bias, Epilogue::none, a.dx);
  convolve_kernel_grad(plan, transposed ? dz : a.x, transposed ? a.x : dz, a.dw);
  Buffer<double> sums(channels);
  fold_middle<Add<T>>(dz, {1, pixels, channels}, static_cast<const double*>(nullptr), sums.data());
  std::transform(sums.begin(), sums.end(), a.db, [](double v) { return static_cast<T>(v); });
}

}  // namespace

template <class T>
void convolve(const ConvPlan& plan, const T* x, const T* w, const T* bias, Epilogue f, T* y) {
  if constexpr (std::is_same_v<T, float>) {
    const ConvEngine engine = engine_of<T>(plan);
    if (engine == ConvEngine::gathered) return convolve_gathered(plan, x, w, bias, f, y);
    if (engine == ConvEngine::tiles) {
      std::vector<PackedPlan> plans;
      plans.push_back(packed_plan(plan, w));
      return convolve_tiles(plans, x, bias, f, y);
    }
  }
  convolve_patches<T>(plan, x, {w, plan.out_channels}, plan.width, bias, f, y);
}

template <class T>
void convolve_input_grad(const ConvPlan& forward, const T* y, const T* w, const T* bias, Epilogue f, T* x) {
  const std::vector<PhasePlan> phases = plan_phases(forward);
  if constexpr (std::is_same_v<T, float>) {
    const ConvEngine engine = engine_of<T>(phases);
    if (engine == ConvEngine::tiles) return convolve_tiles(packed_phases(phases, w), y, bias, f, x);
    if (engine == ConvEngine::gathered)
      return convolve_gathered(phases[0].plan, y, turned_kernel(w, phases[0]).data(), bias, f, x);
  }
  for (const PhasePlan& phase : phases) {
    const ConvPlan& plan = phase.plan;
    const Buffer<T> turned = turned_kernel(w, phase);
    convolve_patches<T>(plan, y, {turned.data(), plan.pass_width()}, plan.depth() * plan.width, bias, f, x);
  }
}

template <class T>
void convolve_kernel_grad(const ConvPlan& plan, const T* x, const T* y, T* w) {
  if constexpr (std::is_same_v<T, float>) {
    if (engine_of<T>(plan) == ConvEngine::tiles) return kernel_grad_packed(plan, x, y, w);
  }
  kernel_grad_patches(plan, x, y, w);
}

template <class T>
void convolve_gradients(const ConvPlan& plan, bool transposed, Epilogue f, const ConvGradientArrays<T>& a) {
  if constexpr (std::is_same_v<T, float>) {
    const std::vector<PhasePlan> phases = a.dx && !transposed ? plan_phases(plan) : std::vector<PhasePlan>();
    if (engine_of<T>(plan) == ConvEngine::tiles &&
        (phases.empty() || engine_of<T>(phases) == ConvEngine::tiles)) {
      PackedGradients g{plan, transposed, packed_phases(phases, a.w)};
      if (a.dx && transposed) g.to_input.push_back(packed_plan(plan, a.w));
      return gradients_packed(g, f, a.dy, a.y, a.x, a.dx, a.dw, a.db);
    }
  }
  each_gradient(plan, transposed, f, a);
}

template void convolve(const ConvPlan&, const float*, const float*, const float*, Epilogue, float*);
template void convolve(const ConvPlan&, const double*, const double*, const double*, Epilogue, double*);
template void convolve_input_grad(const ConvPlan&, const float*, const float*, const float*, Epilogue,
                                  float*);
template void convolve_input_grad(const ConvPlan&, const double*, const double*, const double*, Epilogue,
                                  double*);
template void convolve_kernel_grad(const ConvPlan&, const float*, const float*, float*);
template void convolve_kernel_grad(const ConvPlan&, const double*, const double*, double*);
template void convolve_gradients(const ConvPlan&, bool, Epilogue, const ConvGradientArrays<float>&);
template void convolve_gradients(const ConvPlan&, bool, Epilogue, const ConvGradientArrays<double>&);

}  // namespace hourglass::detail
