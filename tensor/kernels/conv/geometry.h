#pragma once

#include <hourglass/tensor/base/extent2.h>

#include <algorithm>
#include <cstdint>
#include <vector>

/// What convolutions and their input gradients have in common: at each place of a grid, an image is seen
/// through a few taps, and what the taps see is multiplied by a matrix.
namespace hourglass::detail {

/// A convolution as it is asked for, padding as numbers.
struct ConvExtents {
  std::int64_t images;
  Extent2 image;  // rows and columns
  std::int64_t in_channels;
  Extent2 kernel;
  std::int64_t out_channels, groups;
  Extent2 stride, dilation;
  std::int64_t top, bottom, left, right;  // padding

  [[nodiscard]] static std::int64_t places(std::int64_t extent, std::int64_t pads, std::int64_t taps,
                                           std::int64_t stride, std::int64_t dilation) {
    return (extent + pads - (taps - 1) * dilation - 1) / stride + 1;
  }
  /// Rows and columns of the output.
  [[nodiscard]] Extent2 output() const {
    return {places(image.rows, top + bottom, kernel.rows, stride.rows, dilation.rows),
            places(image.columns, left + right, kernel.columns, stride.columns, dilation.columns)};
  }
  /// Input channels that one output channel sees.
  [[nodiscard]] std::int64_t channels() const { return in_channels / groups; }
};

struct ConvPlan {
  // The grid of places.
  std::int64_t images, rows, columns;
  // Place (p, q) sees image rows p · step.rows + tap_rows[i] and columns q · step.columns + tap_columns[j].
  Extent2 step;
  std::vector<std::int64_t> tap_rows, tap_columns;
  std::int64_t in_rows, in_columns, in_channels;
  std::int64_t channels;  // of them, those of one group
  // Its results go to row out_first.rows + p · out_step.rows of the output, columns likewise.
  Extent2 out_first, out_step;
  std::int64_t out_rows, out_columns, out_channels;
  std::int64_t width;  // of the channels, those of one group

  [[nodiscard]] std::int64_t places() const { return images * rows * columns; }
  [[nodiscard]] std::int64_t taps() const {
    return static_cast<std::int64_t>(tap_rows.size() * tap_columns.size());
  }
  [[nodiscard]] std::int64_t depth() const { return taps() * channels; }
  [[nodiscard]] std::int64_t groups() const { return in_channels / channels; }
  /// Each channel has a kernel of its own: a group of one to one, of which there are many.
  [[nodiscard]] bool depthwise() const { return channels == 1 && width == 1 && in_channels > 1; }
  /// What is computed together: a group, or all of them where the convolution is depthwise.
  [[nodiscard]] std::int64_t passes() const { return depthwise() ? 1 : groups(); }
  [[nodiscard]] std::int64_t pass_width() const { return depthwise() ? out_channels : width; }
  /// Neighbouring taps of a row are neighbours in memory.
  [[nodiscard]] bool dense_rows() const;
  /// Results of neighbouring places are neighbours in memory.
  [[nodiscard]] bool dense_output() const;
};

/// A stretch of places in one row of one image; `at` counts from the first place of the tile.
struct Stretch {
  std::int64_t image, row, column, length, at;
};

/// Calls f for the stretches that make up the places [begin, end).
template <class F>
void for_stretches(const ConvPlan& plan, std::int64_t begin, std::int64_t end, F&& f) {
  for (std::int64_t at = begin; at < end;) {
    const std::int64_t line = at / plan.columns, column = at % plan.columns;
    const std::int64_t length = std::min(plan.columns - column, end - at);
    f(Stretch{line / plan.rows, line % plan.rows, column, length, at - begin});
    at += length;
  }
}

/// The places of a tile: as many as keep its patches in L2, and two tiles at least where there is work for
/// two.
[[nodiscard]] std::int64_t tile_places(const ConvPlan& plan);

[[nodiscard]] ConvPlan plan_of(const ConvExtents& e);

/// A plan of the gradient with respect to the image, for one of the s × s grids that the image falls into,
/// and the rows and columns of the kernel that its taps are.
struct PhasePlan {
  ConvPlan plan;
  std::vector<std::int64_t> kernel_rows, kernel_columns;
  std::int64_t columns;  // of the whole kernel

  /// Calls f(tap) for its taps, by their number in the whole kernel.
  template <class F>
  void for_kernel_taps(F&& f) const {
    for (const std::int64_t i : kernel_rows) {
      for (const std::int64_t j : kernel_columns) f(i * columns + j);
    }
  }
};
/// All of them, from the plan of the convolution whose gradient it is.
[[nodiscard]] std::vector<PhasePlan> plan_phases(const ConvPlan& forward);

}  // namespace hourglass::detail
