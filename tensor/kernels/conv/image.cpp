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

// z = bias + Σ over rows of taps, Σ_k  seen[k] w[k, :]   for P places and B registers of channels.
template <Instructions Set, int P, int B>
[[gnu::always_inline]] inline void places_block(const Seen& seen, const float* w, const Results& to,
                                                std::int64_t place, Prefetcher& prefetcher) {
  RegisterTile<Set, P, B> z;
  z.fill(to.bias);
  for (const std::int64_t row : seen.rows) {
    z.add(seen.run, seen.first + place * seen.step + row * seen.line, seen.step, 1, w, z.kWidth);
    prefetcher.during(P * z.kWidth * seen.run);
    w += seen.run * z.kWidth;
  }
  if (to.relu) z.relu();
  z.store(to.y + place * to.step, to.step, to.width);
}

// All places of a row of the grid, in blocks of `Columns` channels.
template <Instructions Set, std::int64_t Columns>
void places_row(const Seen& seen, const float* w, const Results& to, std::int64_t places,
                Prefetcher& prefetcher) {
  constexpr int kRegisters = Columns / lanes_of<float>(Set),
                kMost = Set == Instructions::avx512 ? 14 : most_sums(Set) / kRegisters;
  CompiledFor<Set>::run([&, w, places] {
    for_tile_rows<Set, kMost, kMost == 14 ? 7 : 4, 4, 3, 2, 1>(places, [&](auto p, std::int64_t place) {
      places_block<Set, p, kRegisters>(seen, w, to, place, prefetcher);
    });
  });
}

// w[m, :] = or += Σ over places a[m] b[:]   for M numbers a seen by a tap and B registers of channels b of y.
struct Summed {
  const float* a;
  const float* b;
  std::int64_t rows, columns;  // places
  std::int64_t a_row, a_step;  // between places' rows and places
  std::int64_t b_row, b_step;
  bool first;  // of what is summed up: w is not read
};
template <Instructions Set, int M, int B>
[[gnu::always_inline]] inline void sums_block(const Summed& s, std::int64_t first, float* w,
                                              std::int64_t stride, Prefetcher& prefetcher) {
  RegisterTile<Set, M, B> z;
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

template <Instructions Set, std::int64_t Columns>
void sums_run(const Summed& s, std::int64_t run, float* w, std::int64_t stride, Prefetcher& prefetcher) {
  constexpr int kRegisters = Columns / lanes_of<float>(Set),
                kMost = std::min(most_sums(Set) / kRegisters, 12);
  CompiledFor<Set>::run([&, run, w, stride] {
    for_tile_rows<Set, kMost, 4, 3, 2, 1>(run, [&](auto m, std::int64_t at) {
      sums_block<Set, m, kRegisters>(s, at, w + at * stride, stride, prefetcher);
    });
  });
}

// Calls f(set, columns) for a block of so many channels, both as constant expressions.
template <class F>
void with_columns(std::int64_t columns, F f) {
  with_tiles([&](auto set) {
    constexpr std::int64_t kMost = conv_block(set);
    // NOLINTNEXTLINE(bugprone-branch-clone): the same only where a set has no wider block
    columns == kMost ? f(set, std::integral_constant<std::int64_t, kMost>())
                     : f(set, std::integral_constant<std::int64_t, kLanes>());
  });
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
  const std::int64_t most = conv_block(instructions());
  for (std::int64_t o = 0; o < p.width; o += most) {
    const std::int64_t block = std::min(filled_up(p.width - o), most);
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const Seen seen{image.data + row * p.step.rows * line + left, p.tap_rows, line, run,
                      p.step.columns * image.channels};
      const std::int64_t at =
          (p.out_first.rows + row * p.out_step.rows) * p.out_columns + p.out_first.columns;
      const Results to{y + at * p.out_channels + o, p.out_step.columns * p.out_channels, p.width - o,
                       bias ? bias + o : nullptr, relu};
      with_columns(block, [&](auto set, auto columns) {
        places_row<set, columns>(seen, w, to, p.columns, prefetcher);
      });
    }
    w += block * static_cast<std::int64_t>(p.tap_rows.size()) * run;
  }
}

void add_kernel_grad(const ConvPlan& p, const PlacedImage& image, const PlacedImage& y, float* w, bool first,
                     Prefetcher& prefetcher) {
  const std::int64_t line = image.columns * image.channels;
  const std::int64_t run = static_cast<std::int64_t>(p.tap_columns.size()) * p.channels, wide = y.channels;
  const std::int64_t most = conv_block(instructions());
  for (std::int64_t o = 0; o < wide; o += most) {
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
      with_columns(std::min(wide - o, most),
                   [&](auto set, auto columns) { sums_run<set, columns>(s, run, to, wide, prefetcher); });
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
