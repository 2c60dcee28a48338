#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/internal/conv_extents.h>

#include <algorithm>

namespace hourglass {

namespace {

// How far the taps of a kernel go along an axis.
std::int64_t reach_of(const char* op, std::int64_t taps, std::int64_t dilation) {
  return checked_sum(op, checked_product(op, checked_sum(op, taps, -1), dilation), 1);
}

}  // namespace

void expect_conv_options(const char* op, const Conv2DOptions& o) {
  if (o.stride.rows < 1 || o.stride.columns < 1) {
    throw ShapeError("{}: strides must be at least 1, got ({}, {}); 1 visits every place", op, o.stride.rows,
                     o.stride.columns);
  }
  if (o.dilation.rows < 1 || o.dilation.columns < 1) {
    throw ShapeError("{}: dilations must be at least 1, got ({}, {}); 1 leaves no gaps", op, o.dilation.rows,
                     o.dilation.columns);
  }
  const Padding& p = o.padding;
  if (p.top < 0 || p.bottom < 0 || p.left < 0 || p.right < 0) {
    throw ShapeError(
        "{}: paddings must not be negative, got top {}, bottom {}, left {}, right {}; slice cuts an image",
        op, p.top, p.bottom, p.left, p.right);
  }
}

Conv2DOptions with_explicit_padding(const Conv2DOptions& options, Extent2 image, Extent2 kernel) {
  const char* const op = "with_explicit_padding";
  expect_conv_options(op, options);
  if (image.rows < 0 || image.columns < 0 || kernel.rows < 0 || kernel.columns < 0) {
    throw ShapeError(
        "{}: extents must not be negative, got an image ({}, {}) and a kernel ({}, {}); 0 is the least", op,
        image.rows, image.columns, kernel.rows, kernel.columns);
  }
  const auto total = [&](std::int64_t extent, std::int64_t taps, std::int64_t stride, std::int64_t dilation) {
    const std::int64_t last = extent > 0 ? (extent - 1) / stride * stride : -stride;  // place
    return std::max<std::int64_t>(checked_sum(op, reach_of(op, taps, dilation), last - extent), 0);
  };
  Conv2DOptions out = options;
  if (options.padding.kind == Padding::Kind::valid) out.padding = 0;
  if (options.padding.kind != Padding::Kind::same) return out;
  const std::int64_t rows = total(image.rows, kernel.rows, options.stride.rows, options.dilation.rows);
  const std::int64_t columns =
      total(image.columns, kernel.columns, options.stride.columns, options.dilation.columns);
  out.padding = {rows / 2, rows - rows / 2, columns / 2, columns - columns / 2};
  return out;
}

Conv2DOptions along_columns(const Conv1DOptions& o) {
  Conv2DOptions out{
      .stride = {1, o.stride}, .padding = o.padding, .dilation = {1, o.dilation}, .groups = o.groups};
  out.padding.top = out.padding.bottom = 0;
  return out;
}

namespace detail {

namespace {

void check_shapes(const char* op, const Shape& image, const Shape& kernel, std::int64_t groups) {
  if (image.rank() != 4) {
    throw ShapeError("{}: needs images (N, H, W, C), got shape {}{}", op, image,
                     image.rank() == 3 ? "; unsqueeze adds the axis that is missing" : "");
  }
  if (kernel.rank() != 4) {
    throw ShapeError("{}: needs a kernel (kh, kw, C/groups, O), got shape {}; reshape or permute it", op,
                     kernel);
  }
  if (kernel.size() == 0)
    throw ShapeError("{}: the kernel {} is empty; each of its extents must be at least 1", op, kernel);
  if (groups < 1 || kernel[3] % groups != 0) {
    throw ShapeError("{}: {} output channels cannot be split into {} groups; groups must divide them", op,
                     kernel[3], groups);
  }
  if (image[3] != checked_product(op, kernel[2], groups)) {
    throw ShapeError(
        "{}: kernel {} expects {} input channel{}{}, but the input {} has {}; the third axis of a kernel has "
        "the channels of the input divided by the groups, the channels come last",
        op, kernel, kernel[2] * groups, kernel[2] * groups == 1 ? "" : "s",
        groups == 1 ? "" : " in " + std::to_string(groups) + " groups", image, image[3]);
  }
}

// The kernel must fit into the padded image.
void check_axis(const char* op, const Shape& image, int axis, std::int64_t taps, std::int64_t dilation,
                std::int64_t pads) {
  const std::int64_t extent = checked_sum(op, image[axis], pads), reach = reach_of(op, taps, dilation);
  if (reach > extent) {
    throw ShapeError(
        "{}: a kernel of {} {}{} is larger than the input {}, which has {}{}; take a smaller kernel or more "
        "padding",
        op, reach, axis == 1 ? "rows" : "columns", dilation > 1 ? " (with its dilation)" : "", image,
        image[axis], pads > 0 ? " and " + std::to_string(pads) + " of padding" : "");
  }
}

}  // namespace

void check_taps(const char* op, Extent2 kernel) {
  const bool few = kernel.rows <= kMostTaps && kernel.columns <= kMostTaps;
  if (few && kernel.rows * kernel.columns <= kMostTaps) return;
  throw ShapeError(
      "{}: ({}, {}) are more taps than the {} that a kernel or window may have; take a smaller one", op,
      kernel.rows, kernel.columns, kMostTaps);
}

void check_phases(const char* op, const ConvPlan& forward) {
  const std::int64_t down = std::min(forward.step.rows, forward.in_rows);
  const std::int64_t across = std::min(forward.step.columns, forward.in_columns);
  if (down <= kMostPhases && across <= kMostPhases && down * across <= kMostPhases) return;
  throw ShapeError("{}: strides ({}, {}) cut the image into {} x {} grids, more than {}; take smaller ones",
                   op, forward.step.rows, forward.step.columns, down, across, kMostPhases);
}

ConvExtents checked_extents(const char* op, const Shape& image, const Shape& kernel,
                            const Conv2DOptions& options) {
  expect_conv_options(op, options);
  check_shapes(op, image, kernel, options.groups);
  check_taps(op, {kernel[0], kernel[1]});
  const Conv2DOptions o = with_explicit_padding(options, {image[1], image[2]}, {kernel[0], kernel[1]});
  const Padding& pad = o.padding;
  check_axis(op, image, 1, kernel[0], o.dilation.rows, checked_sum(op, pad.top, pad.bottom));
  check_axis(op, image, 2, kernel[1], o.dilation.columns, checked_sum(op, pad.left, pad.right));
  return {.images = image[0],
          .image = {image[1], image[2]},
          .in_channels = image[3],
          .kernel = {kernel[0], kernel[1]},
          .out_channels = kernel[3],
          .groups = o.groups,
          // What goes beyond the image, or lies between taps that are not there, can be any number.
          .stride = {std::min(o.stride.rows, image[1] + pad.top + pad.bottom),
                     std::min(o.stride.columns, image[2] + pad.left + pad.right)},
          .dilation = {kernel[0] > 1 ? o.dilation.rows : 1, kernel[1] > 1 ? o.dilation.columns : 1},
          .top = pad.top,
          .bottom = pad.bottom,
          .left = pad.left,
          .right = pad.right};
}

}  // namespace detail

}  // namespace hourglass
