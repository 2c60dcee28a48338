#include <hourglass/tensor/conv_direct.h>
#include <hourglass/tensor/conv_packed.h>
#include <hourglass/tensor/factory.h>
#include <hourglass/tensor/register_tile.h>
#include <hourglass/tensor/threads.h>

#include <algorithm>

namespace hourglass::detail {

namespace {

constexpr std::int64_t kBlock = 2 * kLanes;               // output channels of a block
constexpr std::int64_t kWorth = std::int64_t{128} << 10;  // numbers read and written that one task is worth

// The image that taps look at, with its padding: pixel (r, c) lies at data + (r · columns + c) · channels.
struct Padded {
  const float* data;
  std::int64_t columns, channels;
};

// What a block of places sees: rows of taps at these offsets from the first place, each a stretch of `run`
// numbers; neighbouring places are `step` apart.
struct Seen {
  const float* first;
  const std::int64_t* rows;
  std::int64_t row_count, run, step;
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
HOURGLASS_AVX512 void places_block(const Seen& seen, const float* w, const Results& to, std::int64_t place) {
  RegisterTile<P, B> z;
  z.fill(to.bias);
  for (std::int64_t i = 0; i < seen.row_count; ++i, w += seen.run * z.kWidth)
    z.add(seen.run, seen.first + place * seen.step + seen.rows[i], seen.step, 1, w, z.kWidth);
  if (to.relu) z.relu();
  z.store(to.y + place * to.step, to.step, to.width);
}

// All places of a row of the grid, in blocks.
template <int B>
HOURGLASS_AVX512 void places_row(const Seen& seen, const float* w, const Results& to, std::int64_t places) {
  std::int64_t place = 0;
  const auto blocks_of = [&]<int P>() {
    for (; place + P <= places; place += P) places_block<P, B>(seen, w, to, place);
  };
  blocks_of.template operator()<14>();
  blocks_of.template operator()<7>();
  blocks_of.template operator()<4>();
  blocks_of.template operator()<2>();
  blocks_of.template operator()<1>();
}

// How far the taps of some plans reach beyond the image.
struct Margins {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
};

void include(Margins& m, const ConvPlan& p) {
  if (p.taps() == 0 || p.rows == 0 || p.columns == 0) return;
  m.top = std::max(m.top, -p.tap_rows.front());
  m.left = std::max(m.left, -p.tap_columns.front());
  m.bottom = std::max(m.bottom, (p.rows - 1) * p.step.rows + p.tap_rows.back() + 1 - p.in_rows);
  m.right = std::max(m.right, (p.columns - 1) * p.step.columns + p.tap_columns.back() + 1 - p.in_columns);
}

// Copies images into a buffer with margins of zeros; without margins they are used where they are.
class Padding2D {
 public:
  Padding2D(const Margins& m, std::int64_t rows, std::int64_t columns, std::int64_t channels)
      : m_(m),
        rows_(rows),
        columns_(columns),
        channels_(channels),
        wide_(columns + m.left + m.right),
        needed_(m.top + m.bottom + m.left + m.right > 0),
        buffer_(zeros({needed_ ? (rows + m.top + m.bottom) * wide_ * channels : 0})) {}

  // `data` of the result is at the image's first pixel, inside the margins.
  Padded operator()(const float* image) {
    if (!needed_) return {image, columns_, channels_};
    float* const first = buffer_.mutable_data<float>() + (m_.top * wide_ + m_.left) * channels_;
    for (std::int64_t r = 0; r < rows_; ++r)
      std::copy_n(image + r * columns_ * channels_, columns_ * channels_, first + r * wide_ * channels_);
    return {first, wide_, channels_};
  }

 private:
  Margins m_;
  std::int64_t rows_, columns_, channels_, wide_;
  bool needed_;
  Tensor buffer_;
};

std::vector<std::int64_t> row_offsets(const ConvPlan& p, const Padded& image) {
  std::vector<std::int64_t> out;
  for (const std::int64_t tap : p.tap_rows)
    out.push_back((tap * image.columns + p.tap_columns.front()) * image.channels);
  return out;
}

void convolve_image(const PackedPlan& packed, const Padded& image, const float* bias, bool relu, float* y) {
  const ConvPlan& p = packed.plan;
  const std::vector<std::int64_t> offsets =
      p.taps() > 0 ? row_offsets(p, image) : std::vector<std::int64_t>();
  const auto row_count = static_cast<std::int64_t>(offsets.size());
  const std::int64_t run = static_cast<std::int64_t>(p.tap_columns.size()) * p.channels;
  const float* w = packed.kernel.data<float>();
  for (std::int64_t o = 0; o < p.width; o += kBlock) {
    const bool narrow = p.width - o <= kLanes;
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const Seen seen{image.data + row * p.step.rows * image.columns * image.channels, offsets.data(),
                      row_count, run, p.step.columns * image.channels};
      const std::int64_t at =
          (p.out_first.rows + row * p.out_step.rows) * p.out_columns + p.out_first.columns;
      const Results to{y + at * p.out_channels + o, p.out_step.columns * p.out_channels, p.width - o,
                       bias ? bias + o : nullptr, relu};
      narrow ? places_row<1>(seen, w, to, p.columns) : places_row<2>(seen, w, to, p.columns);
    }
    w += (narrow ? kLanes : kBlock) * row_count * run;
  }
}

// w[m, :] += Σ over places a[m] b[:]   for M numbers a seen by a tap and B · 16 channels b of y.
struct Summed {
  const float* a;
  const float* b;
  std::int64_t rows, columns;  // places
  std::int64_t a_row, a_step;  // between places' rows and places
  std::int64_t b_step;         // between places
};
template <int M, int B>
HOURGLASS_AVX512 void sums_block(const Summed& s, std::int64_t first, float* w, std::int64_t stride) {
  RegisterTile<M, B> z;
  z.load(w, stride);
  for (std::int64_t row = 0; row < s.rows; ++row)
    z.add(s.columns, s.a + first + row * s.a_row, 1, s.a_step, s.b + row * s.columns * s.b_step, s.b_step);
  z.store(w, stride);
}

template <int B>
HOURGLASS_AVX512 void sums_run(const Summed& s, std::int64_t run, float* w, std::int64_t stride) {
  std::int64_t at = 0;
  const auto blocks_of = [&]<int M>() {
    for (; at + M <= run; at += M) sums_block<M, B>(s, at, w + at * stride, stride);
  };
  blocks_of.template operator()<12>();
  blocks_of.template operator()<4>();
  blocks_of.template operator()<3>();
  blocks_of.template operator()<1>();
}

std::int64_t filled_up(std::int64_t width) { return (width + kLanes - 1) / kLanes * kLanes; }

// One image's part of the sum.    y (places, wide) -> w (depth, wide), wide a multiple of 16
void add_image(const ConvPlan& p, const Padded& image, const float* y, std::int64_t wide, float* w) {
  const std::vector<std::int64_t> offsets = row_offsets(p, image);
  const std::int64_t run = static_cast<std::int64_t>(p.tap_columns.size()) * p.channels;
  for (std::int64_t o = 0; o < wide; o += kBlock) {
    const bool narrow = wide - o == kLanes;
    for (std::size_t i = 0; i < offsets.size(); ++i) {
      const Summed s{image.data + offsets[i],
                     y + o,
                     p.rows,
                     p.columns,
                     p.step.rows * image.columns * image.channels,
                     p.step.columns * image.channels,
                     wide};
      float* const to = w + static_cast<std::int64_t>(i) * run * wide + o;
      narrow ? sums_run<1>(s, run, to, wide) : sums_run<2>(s, run, to, wide);
    }
  }
}

}  // namespace

bool is_packable(const ConvPlan& plan) {
  return plan.groups() == 1 && plan.dense_rows() && (plan.width > 1 || plan.taps() <= kBlock);
}

Tensor packed_kernel(const float* w, std::int64_t depth, std::int64_t width) {
  Tensor out = zeros({filled_up(width) * depth});
  float* to = out.mutable_data<float>();
  for (std::int64_t o = 0; o < width; o += kBlock) {
    const std::int64_t n = std::min(kBlock, width - o), wide = filled_up(n);
    for (std::int64_t k = 0; k < depth; ++k, to += wide) std::copy_n(w + k * width + o, n, to);
  }
  return out;
}

Tensor packed_turned_kernel(const Tensor& kernel, const PhasePlan& phase) {
  const std::int64_t columns = kernel.shape(1), in = kernel.shape(2), out = kernel.shape(3);
  Tensor packed = zeros({filled_up(in) * phase.plan.depth()});
  float* to = packed.mutable_data<float>();
  for (std::int64_t c = 0; c < in; c += kBlock) {
    const std::int64_t n = std::min(kBlock, in - c), wide = filled_up(n);
    for (const std::int64_t i : phase.kernel_rows) {
      for (const std::int64_t j : phase.kernel_columns) {
        const float* const tap = kernel.data<float>() + ((i * columns + j) * in + c) * out;
        for (std::int64_t o = 0; o < out; ++o, to += wide) {
          for (std::int64_t l = 0; l < n; ++l) to[l] = tap[l * out + o];
        }
      }
    }
  }
  return packed;
}

// First what every tap would make of every pixel, t (rows, columns, taps), one product; then each place adds
// up what its taps point at.
void gather_packed(const ConvPlan& p, const float* x, const float* w, float bias, float* y) {
  const std::int64_t channels = p.channels, taps = p.taps(), wide = filled_up(taps);
  Tensor turned(Shape{channels, taps}, float32);
  float* const of_channel = turned.mutable_data<float>();
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t tap = 0; tap < taps; ++tap) of_channel[c * taps + tap] = w[tap * channels + c];
  }
  const Tensor kernel = packed_kernel(of_channel, channels, taps);
  const std::int64_t pixels = p.in_rows * p.in_columns, places = p.rows * p.columns, no_offset = 0;
  const std::int64_t images = kWorth / std::max<std::int64_t>(pixels * (channels + wide) + places, 1);
  parallel_ranges(p.images, std::max<std::int64_t>(images, 1), [&](std::int64_t begin, std::int64_t end) {
    Tensor buffer(Shape{pixels * wide}, float32);
    float* const t = buffer.mutable_data<float>();
    const Results to{t, wide, wide, nullptr, false};
    for (std::int64_t image = begin; image < end; ++image) {
      const Seen seen{x + image * pixels * channels, &no_offset, 1, channels, channels};
      wide == kLanes ? places_row<1>(seen, kernel.data<float>(), to, pixels)
                     : places_row<2>(seen, kernel.data<float>(), to, pixels);
      float* const sums = y + image * places;
      std::fill_n(sums, places, bias);
      for_stretches(p, 0, places, [&](const Stretch& s) {
        for_taps_inside(p, s, [&](auto tap, auto row, auto first, auto last, auto column) {
          const float* from = t + (row * p.in_columns + column) * wide + tap;
          for (std::int64_t i = first; i < last; ++i, from += p.step.columns * wide) sums[s.at + i] += *from;
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
  Tensor filled = zeros({filled_up(one.width)});
  if (bias) std::copy_n(bias, one.width, filled.mutable_data<float>());
  const float* const padded_bias = bias ? filled.data<float>() : nullptr;
  Margins margins;
  for (const PackedPlan& p : plans) include(margins, p.plan);
  parallel_ranges(one.images, std::max<std::int64_t>(kWorth / std::max<std::int64_t>(in + out, 1), 1),
                  [&](std::int64_t begin, std::int64_t end) {
                    Padding2D pad(margins, one.in_rows, one.in_columns, one.in_channels);
                    for (std::int64_t i = begin; i < end; ++i) {
                      const Padded image = pad(x + i * in);
                      for (const PackedPlan& p : plans)
                        convolve_image(p, image, padded_bias, relu, y + i * out);
                    }
                  });
}

void kernel_grad_packed(const ConvPlan& p, const float* x, const float* y, float* w) {
  constexpr std::int64_t kMostParts = 8;  // sums apart, added in order: the same for any number of threads
  const std::int64_t in = p.in_rows * p.in_columns * p.in_channels, places = p.rows * p.columns;
  const std::int64_t wide = filled_up(p.width), size = p.depth() * wide;
  const std::int64_t parts = std::clamp(p.images, std::int64_t{1}, kMostParts);
  Tensor sums = zeros({parts, size});
  float* const to = sums.mutable_data<float>();
  Margins margins;
  include(margins, p);
  parallel_for(parts, [&](std::int64_t part) {
    Padding2D pad(margins, p.in_rows, p.in_columns, p.in_channels);
    Tensor filled = zeros({wide == p.width ? 0 : places * wide});
    float* const buffer = filled.mutable_data<float>();
    for (std::int64_t i = part * p.images / parts; i < (part + 1) * p.images / parts; ++i) {
      const float* of_y = y + i * places * p.width;
      if (wide != p.width) {
        for (std::int64_t q = 0; q < places; ++q) std::copy_n(of_y + q * p.width, p.width, buffer + q * wide);
        of_y = buffer;
      }
      add_image(p, pad(x + i * in), of_y, wide, to + part * size);
    }
  });
  for (std::int64_t k = 0; k < p.depth(); ++k) {
    for (std::int64_t o = 0; o < p.width; ++o) {
      float sum = 0.0F;
      for (std::int64_t part = 0; part < parts; ++part) sum += to[part * size + k * wide + o];
      w[k * p.width + o] = sum;
    }
  }
}

}  // namespace hourglass::detail
