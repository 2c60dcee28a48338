#pragma once

#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/base/lanes.h>
#include <hourglass/tensor/kernels/conv/packed.h>
#include <hourglass/tensor/kernels/product/tile.h>

#include <algorithm>
#include <array>

/// One image of a packed convolution (packed.h): its padding, its results, its part of a kernel's
/// gradient.
namespace hourglass::detail {

/// Output channels of a block.
[[nodiscard]] constexpr std::int64_t conv_block(Instructions set) {
  return std::min(tile_columns(set), 2 * kLanes);
}

/// Channels with those that only fill registers up.
[[nodiscard]] constexpr std::int64_t filled_up(std::int64_t width) {
  return (width + kLanes - 1) / kLanes * kLanes;
}

/// An image in memory: pixel (r, c) lies at data + (r · columns + c) · channels. Where it has margins, they
/// count in `columns`, and `data` is at the first pixel inside them.
struct PlacedImage {
  const float* data;
  std::int64_t columns, channels;
};

/// Prefetches what is wanted next, a little at a time while multiply-adds run, which leave the way to memory
/// idle.
class Prefetcher {
 public:
  /// To have asked for all after so many multiply-adds.
  explicit Prefetcher(std::int64_t multiply_adds) : all_(std::max<std::int64_t>(multiply_adds, 1)) {}

  void add(const float* data, std::int64_t numbers) {
    ranges_.at(count_++) = {data, data + numbers};
    lines_ += numbers / kLanes;
  }
  /// Asks for the share of so many multiply-adds.
  void during(std::int64_t multiply_adds) {
    for (due_ += multiply_adds * lines_; due_ >= all_ && now_ < count_; due_ -= all_) {
      Range& s = ranges_[now_];
      __builtin_prefetch(s.next, 0, 2);
      s.next += kLanes;
      if (s.next >= s.end) ++now_;
    }
  }

 private:
  struct Range {
    const float *next = nullptr, *end = nullptr;
  };
  std::array<Range, 3> ranges_;
  std::size_t count_ = 0, now_ = 0;
  std::int64_t all_, lines_ = 0, due_ = 0;
};

/// How far the taps of some plans reach beyond the image.
struct Margins {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;
  void include(const ConvPlan& plan);
  [[nodiscard]] bool any() const { return top + bottom + left + right > 0; }
};

/// A buffer for one image after another, with margins of zeros.
class ImageBuffer {
 public:
  ImageBuffer(const Margins& margins, std::int64_t rows, std::int64_t columns, std::int64_t channels);

  /// The image with its margins; where it is if it needs none.
  PlacedImage with_margins(const float* image);
  /// dz = dy f'(z) from y = f(z), and sums[c] += Σ over pixels of dz[:, c].
  PlacedImage slope(Epilogue f, const float* dy, const float* y, double* sums);
  /// The image with filled_up(channels); where it is if that is what it has. For a buffer without margins and
  /// with that many channels.
  PlacedImage with_filled_channels(const PlacedImage& image);

 private:
  Margins margins_;
  std::int64_t rows_, columns_, channels_, wide_;
  Buffer<float> held_;
  float* first_;  // pixel
};

/// y = taps · w + bias, then relu if it says so. bias is filled up, or null.
void convolve_image(const PackedPlan& packed, const PlacedImage& image, const float* bias, bool relu,
                    float* y, Prefetcher& prefetcher);

/// w (depth, filled_up(width)) += patchᵀ y for the taps of `image`, or = if it is the first; y has
/// filled_up(width) channels.
void add_kernel_grad(const ConvPlan& plan, const PlacedImage& image, const PlacedImage& y, float* w,
                     bool first, Prefetcher& prefetcher);

/// `count` parts, each (depth, filled_up(width)), added in their order -> w (depth, width).
void add_parts(const float* parts, std::int64_t count, std::int64_t depth, std::int64_t width, float* w);

}  // namespace hourglass::detail
