#include <hourglass/tensor/base/clones.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/kernels/activations.h>
#include <hourglass/tensor/kernels/conv/image.h>
#include <hourglass/tensor/kernels/product/tile.h>

#include <algorithm>
#include <array>

namespace hourglass::detail {

namespace {

// What a block of places sees: rows of taps, each `run` numbers in a row; row i begins rows[i] · line
// after the place, and neighbouring places are `step` apart.
struct Seen {
  const float* first;
  const std::vector<std::int64_t>& rows;
  std::int64_t line, run, step;
};

// Where a block of results goes.
struct Results {
  float* y;
  std::int64_t step, width;  // between places; channels that exist
  const float* bias;         // of the block, filled up; or null
  bool relu;
};

// z = bias + Σ over rows of taps, Σ_k  seen[k] w[k, :]   for P places and B · 16 channels.
template <int P, int B>
HOURGLASS_AVX512 void places_block(const Seen& seen, const float* w, const Results& to, std::int64_t place,
                                   Prefetcher& prefetcher) {
  RegisterTile<P, B> z;
  z.fill(to.bias);
  for (const std::int64_t row : seen.rows) {
    z.add(seen.run, seen.first + place * seen.step + row * seen.line, seen.step, 1, w, z.kWidth);
    prefetcher.during(P * z.kWidth * seen.run);
    w += seen.run * z.kWidth;
  }
  if (to.relu) z.relu();
  z.store(to.y + place * to.step, to.step, to.width);
}

// All places of a row of the grid, in blocks.
template <int B>
HOURGLASS_AVX512 void places_row(const Seen& seen, const float* w, const Results& to, std::int64_t places,
                                 Prefetcher& prefetcher) {
  std::int64_t place = 0;
  const auto blocks_of = [&]<int P>() {
    for (; place + P <= places; place += P) places_block<P, B>(seen, w, to, place, prefetcher);
  };
  blocks_of.template operator()<14>();
  blocks_of.template operator()<7>();
  blocks_of.template operator()<4>();
  blocks_of.template operator()<2>();
  blocks_of.template operator()<1>();
}

// w[m, :] = or += Σ over places a[m] b[:]   for M numbers a seen by a tap and B · 16 channels b of y.
struct Summed {
  const float* a;
  const float* b;
  std::int64_t rows, columns;  // places
  std::int64_t a_row, a_step;  // between places' rows and places
  std::int64_t b_row, b_step;
  bool first;  // of what is summed up: w is not read
};
template <int M, int B>
HOURGLASS_AVX512 void sums_block(const Summed& s, std::int64_t first, float* w, std::int64_t stride,
                                 Prefetcher& prefetcher) {
  RegisterTile<M, B> z;
  if (s.first) {
    z.fill(nullptr);
  } else {
    z.load(w, stride);
  }
  for (std::int64_t row = 0; row < s.rows; ++row) {
    z.add(s.columns, s.a + first + row * s.a_row, 1, s.a_step, s.b + row * s.b_row, s.b_step);
    prefetcher.during(M * z.kWidth * s.columns);
  }
  z.store(w, stride);
}

template <int B>
HOURGLASS_AVX512 void sums_run(const Summed& s, std::int64_t run, float* w, std::int64_t stride,
                               Prefetcher& prefetcher) {
  std::int64_t at = 0;
  const auto blocks_of = [&]<int M>() {
    for (; at + M <= run; at += M) sums_block<M, B>(s, at, w + at * stride, stride, prefetcher);
  };
  blocks_of.template operator()<12>();
  blocks_of.template operator()<4>();
  blocks_of.template operator()<3>();
  blocks_of.template operator()<1>();
}

}  // namespace

void Margins::include(const ConvPlan& p) {
  if (p.taps() == 0 || p.rows == 0 || p.columns == 0) return;
  top = std::max(top, -p.tap_rows.front());
  left = std::max(left, -p.tap_columns.front());
  bottom = std::max(bottom, (p.rows - 1) * p.step.rows + p.tap_rows.back() + 1 - p.in_rows);
  right = std::max(right, (p.columns - 1) * p.step.columns + p.tap_columns.back() + 1 - p.in_columns);
}

ImageBuffer::ImageBuffer(const Margins& m, std::int64_t rows, std::int64_t columns, std::int64_t channels)
    : margins_(m),
      rows_(rows),
      columns_(columns),
      channels_(channels),
      wide_(columns + m.left + m.right),
      held_((rows + m.top + m.bottom) * wide_ * channels),
      first_(held_.data() + (m.top * wide_ + m.left) * channels) {
  float* const all = held_.data();
  const std::int64_t between = (m.right + m.left) * channels, line = wide_ * channels;
  std::fill(all, first_, 0.0F);
  for (std::int64_t r = 0; r + 1 < rows; ++r)
    std::fill_n(first_ + r * line + columns * channels, between, 0.0F);
  if (rows > 0) std::fill(first_ + (rows - 1) * line + columns * channels, all + held_.size(), 0.0F);
}

PlacedImage ImageBuffer::with_margins(const float* image) {
  if (!margins_.any()) return {image, columns_, channels_};
  for (std::int64_t r = 0; r < rows_; ++r)
    std::copy_n(image + r * columns_ * channels_, columns_ * channels_, first_ + r * wide_ * channels_);
  return {first_, wide_, channels_};
}

PlacedImage ImageBuffer::slope(Epilogue f, const float* dy, const float* y, double* sums) {
  with_activation(f, [&]<class F>(F) {
    for (std::int64_t r = 0; r < rows_; ++r) {
      const std::int64_t from = r * columns_ * channels_;
      slope_pixels<F>(dy + from, y + from, first_ + r * wide_ * channels_, columns_, channels_, sums);
    }
  });
  return {first_, wide_, channels_};
}

PlacedImage ImageBuffer::with_filled_channels(const PlacedImage& image) {
  if (image.channels == channels_) return image;
  for (std::int64_t r = 0; r < rows_; ++r) {
    for (std::int64_t c = 0; c < columns_; ++c) {
      float* const to = first_ + (r * columns_ + c) * channels_;
      std::copy_n(image.data + (r * image.columns + c) * image.channels, image.channels, to);
      std::fill(to + image.channels, to + channels_, 0.0F);
    }
  }
  return {first_, columns_, channels_};
}

void convolve_image(const PackedPlan& packed, const PlacedImage& image, const float* bias, bool relu,
                    float* y, Prefetcher& prefetcher) {
  const ConvPlan& p = packed.plan;
  const std::int64_t line = image.columns * image.channels;
  const std::int64_t left = p.taps() > 0 ? p.tap_columns.front() * image.channels : 0;
  const std::int64_t run = static_cast<std::int64_t>(p.tap_columns.size()) * p.channels;
  const float* w = packed.kernel.data();
  for (std::int64_t o = 0; o < p.width; o += kConvBlock) {
    const bool narrow = p.width - o <= kLanes;
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const Seen seen{image.data + row * p.step.rows * line + left, p.tap_rows, line, run,
                      p.step.columns * image.channels};
      const std::int64_t at =
          (p.out_first.rows + row * p.out_step.rows) * p.out_columns + p.out_first.columns;
      const Results to{y + at * p.out_channels + o, p.out_step.columns * p.out_channels, p.width - o,
                       bias ? bias + o : nullptr, relu};
      narrow ? places_row<1>(seen, w, to, p.columns, prefetcher)
             : places_row<2>(seen, w, to, p.columns, prefetcher);
    }
    w += (narrow ? kLanes : kConvBlock) * static_cast<std::int64_t>(p.tap_rows.size()) * run;
  }
}

void add_kernel_grad(const ConvPlan& p, const PlacedImage& image, const PlacedImage& y, float* w, bool first,
                     Prefetcher& prefetcher) {
  const std::int64_t line = image.columns * image.channels;
  const std::int64_t run = static_cast<std::int64_t>(p.tap_columns.size()) * p.channels, wide = y.channels;
  for (std::int64_t o = 0; o < wide; o += kConvBlock) {
    const bool narrow = wide - o == kLanes;
    float* to = w + o;
    for (const std::int64_t row : p.tap_rows) {
      const Summed s{image.data + row * line + p.tap_columns.front() * image.channels,
                     y.data + o,
                     p.rows,
                     p.columns,
                     p.step.rows * line,
                     p.step.columns * image.channels,
                     y.columns * wide,
                     wide,
                     first};
      narrow ? sums_run<1>(s, run, to, wide, prefetcher) : sums_run<2>(s, run, to, wide, prefetcher);
      to += run * wide;
    }
  }
}

void add_parts(const float* parts, std::int64_t count, std::int64_t depth, std::int64_t width, float* w) {
  const std::int64_t wide = filled_up(width), size = depth * wide;
  parallel_ranges(depth, std::max<std::int64_t>(kGrain / std::max<std::int64_t>(count * wide, 1), 1),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t k = begin; k < end; ++k) {
                      float* const sum = w + k * width;
                      std::fill_n(sum, width, 0.0F);
                      for (std::int64_t part = 0; part < count; ++part) {
                        map_row(sum, parts + part * size + k * wide, sum, width,
                                [](float a, float b) { return a + b; });
                      }
                    }
                  });
}

}  // namespace hourglass::detail
