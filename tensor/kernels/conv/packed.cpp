#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/kernels/conv/direct.h>
#include <hourglass/tensor/kernels/conv/image.h>
#include <hourglass/tensor/kernels/conv/packed.h>

#include <algorithm>

namespace hourglass::detail {

namespace {

constexpr std::int64_t kWorth = std::int64_t{128} << 10;  // numbers read and written that one task is worth

Margins margins_of(const ConvPlan& plan) {
  Margins out;
  out.include(plan);
  return out;
}
Margins margins_of(const std::vector<PackedPlan>& plans) {
  Margins out;
  for (const PackedPlan& p : plans) out.include(p.plan);
  return out;
}

// Every pixel by itself: a convolution with a kernel of one place, over one long row.
ConvPlan plan_of_pixels(std::int64_t pixels, std::int64_t in, std::int64_t out) {
  return {.images = 1,
          .rows = 1,
          .columns = pixels,
          .step = 1,
          .tap_rows = {0},
          .tap_columns = {0},
          .in_rows = 1,
          .in_columns = pixels,
          .in_channels = in,
          .channels = in,
          .out_first = 0,
          .out_step = 1,
          .out_rows = 1,
          .out_columns = pixels,
          .out_channels = out,
          .width = out};
}

// Multiply-adds for one image.
std::int64_t work_of(const ConvPlan& p) { return p.rows * p.columns * p.depth() * p.width; }

std::int64_t work_of(const std::vector<PackedPlan>& plans) {
  std::int64_t sum = 0;
  for (const PackedPlan& p : plans) sum += work_of(p.plan);
  return sum;
}

// A kernel's gradient is summed up in so many parts, which are added in order: the same for any number of
// threads.
std::int64_t parts_of(std::int64_t images) { return std::min<std::int64_t>(images, 16); }

Buffer<float> packed_kernel(const float* w, std::int64_t depth, std::int64_t width) {
  Buffer<float> out(filled_up(width) * depth, 0.0F);
  float* to = out.data();
  const std::int64_t block = conv_block(instructions());
  for (std::int64_t o = 0; o < width; o += block) {
    const std::int64_t n = std::min(block, width - o), wide = filled_up(n);
    for (std::int64_t k = 0; k < depth; ++k, to += wide) std::copy_n(w + k * width + o, n, to);
  }
  return out;
}

}  // namespace

PackedPlan packed_plan(const ConvPlan& plan, const float* w) {
  return {plan, packed_kernel(w, plan.depth(), plan.width)};
}

PackedPlan packed_phase(const PhasePlan& phase, const float* w) {
  const ConvPlan& p = phase.plan;
  const std::int64_t in = p.width, out = p.channels;  // of the kernel
  PackedPlan packed{p, Buffer<float>(filled_up(in) * p.depth(), 0.0F)};
  float* to = packed.kernel.data();
  const std::int64_t block = conv_block(instructions());
  for (std::int64_t c = 0; c < in; c += block) {
    const std::int64_t n = std::min(block, in - c), wide = filled_up(n);
    phase.for_kernel_taps([&](std::int64_t tap) {
      const float* const of_tap = w + (tap * in + c) * out;
      for (std::int64_t o = 0; o < out; ++o, to += wide) {
        for (std::int64_t l = 0; l < n; ++l) to[l] = of_tap[l * out + o];
      }
    });
  }
  return packed;
}

// First what every tap would make of every pixel, t (rows, columns, taps), one product; then each place adds
// up what its taps point at.
void gather_packed(const ConvPlan& p, const float* x, const float* w, float bias, float* y) {
  const std::int64_t channels = p.channels, taps = p.taps(), wide = filled_up(taps);
  Buffer<float> turned(channels * taps);
  float* const of_channel = turned.data();
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t tap = 0; tap < taps; ++tap) of_channel[c * taps + tap] = w[tap * channels + c];
  }
  const std::int64_t pixels = p.in_rows * p.in_columns, places = p.rows * p.columns;
  const PackedPlan by_pixel{plan_of_pixels(pixels, channels, wide),
                            packed_kernel(of_channel, channels, taps)};
  const std::int64_t images = kWorth / std::max<std::int64_t>(pixels * (channels + wide) + places, 1);
  parallel_ranges(p.images, std::max<std::int64_t>(images, 1), [&](std::int64_t begin, std::int64_t end) {
    Buffer<float> buffer(pixels * wide);
    float* const t = buffer.data();
    for (std::int64_t image = begin; image < end; ++image) {
      const float* const from = x + image * pixels * channels;
      Prefetcher prefetcher(work_of(by_pixel.plan));
      if (image + 1 < p.images) prefetcher.add(from + pixels * channels, pixels * channels);
      convolve_image(by_pixel, {from, pixels, channels}, nullptr, false, t, prefetcher);
      float* const sums = y + image * places;
      std::fill_n(sums, places, bias);
      for_stretches(p, 0, places, [&](const Stretch& s) {
        for_taps_inside(p, s, [&](auto tap, auto row, auto first, auto last, auto column) {
          const float* made = t + (row * p.in_columns + column) * wide + tap;
          for (std::int64_t i = first; i < last; ++i, made += p.step.columns * wide) sums[s.at + i] += *made;
        });
      });
    }
  });
}

void convolve_packed(const std::vector<PackedPlan>& plans, const float* x, const float* bias, bool relu,
                     float* y) {
  const ConvPlan& one = plans.front().plan;
  const std::int64_t in = one.in_rows * one.in_columns * one.in_channels;
  const std::int64_t out = one.out_rows * one.out_columns * one.out_channels;
  Buffer<float> filled(filled_up(one.width), 0.0F);
  if (bias) std::copy_n(bias, one.width, filled.data());
  const float* const padded_bias = bias ? filled.data() : nullptr;
  const Margins margins = margins_of(plans);
  parallel_ranges(one.images, std::max<std::int64_t>(kWorth / std::max<std::int64_t>(in + out, 1), 1),
                  [&](std::int64_t begin, std::int64_t end) {
                    ImageBuffer buffer(margins, one.in_rows, one.in_columns, one.in_channels);
                    for (std::int64_t i = begin; i < end; ++i) {
                      const PlacedImage image = buffer.with_margins(x + i * in);
                      Prefetcher prefetcher(work_of(plans));
                      if (i + 1 < one.images) prefetcher.add(x + (i + 1) * in, in);
                      for (const PackedPlan& p : plans)
                        convolve_image(p, image, padded_bias, relu, y + i * out, prefetcher);
                    }
                  });
}

void kernel_grad_packed(const ConvPlan& p, const float* x, const float* y, float* w) {
  const std::int64_t in = p.in_rows * p.in_columns * p.in_channels, out = p.rows * p.columns * p.width;
  const std::int64_t parts = parts_of(p.images), size = p.depth() * filled_up(p.width);
  Buffer<float> sums(parts * size);
  float* const to = sums.data();
  const Margins margins = margins_of(p);
  parallel_for(parts, [&](std::int64_t part) {
    ImageBuffer image(margins, p.in_rows, p.in_columns, p.in_channels);
    ImageBuffer filled({}, p.rows, p.columns, filled_up(p.width));
    const std::int64_t first = part * p.images / parts;
    for (std::int64_t i = first; i < (part + 1) * p.images / parts; ++i) {
      const PlacedImage of_y = filled.with_filled_channels({y + i * out, p.columns, p.width});
      Prefetcher prefetcher(work_of(p));
      if (i + 1 < p.images) prefetcher.add(x + (i + 1) * in, in), prefetcher.add(y + (i + 1) * out, out);
      add_kernel_grad(p, image.with_margins(x + i * in), of_y, to + part * size, i == first, prefetcher);
    }
  });
  add_parts(to, parts, p.depth(), p.width, w);
}

void gradients_packed(const PackedGradients& g, Epilogue f, const float* dy, const float* y, const float* x,
                      float* dx, float* dw, float* db) {
  const ConvPlan& p = g.kernel;
  const std::int64_t parts = parts_of(p.images), size = p.depth() * filled_up(p.width);
  const std::int64_t in = p.in_rows * p.in_columns * p.in_channels, out = p.rows * p.columns * p.width;
  const std::int64_t channels = g.transposed ? p.in_channels : p.width;
  const std::int64_t of_dz = g.transposed ? in : out, of_x = g.transposed ? out : in;
  Buffer<float> sums(parts * size);
  Buffer<double> bias_sums(parts * channels, 0.0);
  float* const to = sums.data();
  double* const to_bias = bias_sums.data();
  Margins of_image = margins_of(p), around_dz = margins_of(g.to_input);
  if (g.transposed) around_dz.include(p);
  parallel_for(parts, [&](std::int64_t part) {
    ImageBuffer image(g.transposed ? around_dz : of_image, p.in_rows, p.in_columns, p.in_channels);
    ImageBuffer result(g.transposed ? Margins() : around_dz, p.rows, p.columns, p.width);
    ImageBuffer filled({}, p.rows, p.columns, filled_up(p.width));
    ImageBuffer& dz_buffer = g.transposed ? image : result;
    const std::int64_t first = part * p.images / parts;
    for (std::int64_t i = first; i < (part + 1) * p.images / parts; ++i) {
      const PlacedImage dz = dz_buffer.slope(f, dy + i * of_dz, y + i * of_dz, to_bias + part * channels);
      Prefetcher prefetcher(work_of(p) + work_of(g.to_input));
      if (i + 1 < p.images) {
        prefetcher.add(dy + (i + 1) * of_dz, of_dz);
        prefetcher.add(y + (i + 1) * of_dz, of_dz);
        prefetcher.add(x + (i + 1) * of_x, of_x);
      }
      for (const PackedPlan& plan : g.to_input)
        convolve_image(plan, dz, nullptr, false, dx + i * of_x, prefetcher);
      const float* const xi = x + i * of_x;
      const PlacedImage seen = g.transposed ? dz : image.with_margins(xi);
      const PlacedImage made = g.transposed ? PlacedImage{xi, p.columns, p.width} : dz;
      add_kernel_grad(p, seen, filled.with_filled_channels(made), to + part * size, i == first, prefetcher);
    }
  });
  add_parts(to, parts, p.depth(), p.width, dw);
  for (std::int64_t c = 0; c < channels; ++c) {
    double sum = 0.0;
    for (std::int64_t part = 0; part < parts; ++part) sum += to_bias[part * channels + c];
    db[c] = static_cast<float>(sum);
  }
}

}  // namespace hourglass::detail
