#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/kernels/conv/geometry.h>

#include <algorithm>

namespace hourglass {

Conv2DOptions with_explicit_padding(const Conv2DOptions& options, Extent2 image, Extent2 kernel) {
  const auto total = [](std::int64_t extent, std::int64_t taps, std::int64_t stride, std::int64_t dilation) {
    const std::int64_t out = (extent + stride - 1) / stride;
    return std::max<std::int64_t>((out - 1) * stride + (taps - 1) * dilation + 1 - extent, 0);
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

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

void check_options(const char* op, const Conv2DOptions& o) {
  if (o.stride.rows < 1 || o.stride.columns < 1) {
    throw ShapeError("{}: strides must be at least 1, got ({}, {})", op, o.stride.rows, o.stride.columns);
  }
  if (o.dilation.rows < 1 || o.dilation.columns < 1) {
    throw ShapeError("{}: dilations must be at least 1, got ({}, {})", op, o.dilation.rows,
                     o.dilation.columns);
  }
  const Padding& p = o.padding;
  if (p.top < 0 || p.bottom < 0 || p.left < 0 || p.right < 0) {
    throw ShapeError("{}: paddings must not be negative, got top {}, bottom {}, left {}, right {}", op, p.top,
                     p.bottom, p.left, p.right);
  }
}

void check_shapes(const char* op, const Shape& image, const Shape& kernel, std::int64_t groups) {
  if (image.rank() != 4) {
    throw ShapeError("{}: needs images (N, H, W, C), got shape {}{}", op, image,
                     image.rank() == 3 ? "; unsqueeze adds the axis that is missing" : "");
  }
  if (kernel.rank() != 4) {
    throw ShapeError("{}: needs a kernel (kh, kw, C/groups, O), got shape {}", op, kernel);
  }
  if (kernel.size() == 0) throw ShapeError("{}: the kernel {} is empty", op, kernel);
  if (groups < 1 || kernel[3] % groups != 0) {
    throw ShapeError("{}: {} output channels cannot be split into {} groups", op, kernel[3], groups);
  }
  if (image[3] != kernel[2] * groups) {
    throw ShapeError("{}: kernel {} expects {} input channel{}{}, but the input {} has {}", op, kernel,
                     kernel[2] * groups, kernel[2] * groups == 1 ? "" : "s",
                     groups == 1 ? "" : " in " + std::to_string(groups) + " groups", image, image[3]);
  }
}

// The number of places along an axis.
std::int64_t places_along(const char* op, const Shape& image, int axis, std::int64_t taps,
                          std::int64_t stride, std::int64_t dilation, std::int64_t pads) {
  const std::int64_t extent = image[axis] + pads, reach = (taps - 1) * dilation + 1;
  if (reach > extent) {
    throw ShapeError(
        "{}: a kernel of {} {}{} is larger than the input {}, which has {}{}; take a smaller kernel or more "
        "padding",
        op, reach, axis == 1 ? "rows" : "columns", dilation > 1 ? " (with its dilation)" : "", image,
        image[axis], pads > 0 ? " and " + std::to_string(pads) + " of padding" : "");
  }
  return (extent - reach) / stride + 1;
}

std::vector<std::int64_t> tap_offsets(std::int64_t taps, std::int64_t dilation, std::int64_t pad) {
  std::vector<std::int64_t> out;
  for (std::int64_t i = 0; i < taps; ++i) out.push_back(i * dilation - pad);
  return out;
}

// Along one axis: the places first, first + s, … of the image see the taps i for which first − offset[i] is a
// multiple of s, at the output's places (first − offset[i]) / s, ….
struct Phase {
  std::int64_t first, places;
  std::vector<std::int64_t> taps, offsets;
};

std::vector<Phase> phases_along(std::int64_t extent, std::int64_t stride,
                                const std::vector<std::int64_t>& offsets) {
  std::vector<Phase> out;
  for (std::int64_t first = 0; first < std::min(stride, extent); ++first) {
    Phase phase{first, (extent - first + stride - 1) / stride, {}, {}};
    for (std::size_t i = offsets.size(); i-- > 0;) {
      if ((first - offsets[i]) % stride != 0) continue;
      phase.taps.push_back(static_cast<std::int64_t>(i));
      phase.offsets.push_back(floor_div(first - offsets[i], stride));
    }
    out.push_back(std::move(phase));
  }
  return out;
}

}  // namespace

bool ConvPlan::dense_rows() const {
  for (std::size_t j = 1; j < tap_columns.size(); ++j) {
    if (tap_columns[j] != tap_columns[j - 1] + 1) return false;
  }
  return groups() == 1;
}

bool ConvPlan::dense_output() const {
  return out_step == Extent2(1) && pass_width() == out_channels && rows == out_rows && columns == out_columns;
}

std::int64_t tile_places(const ConvPlan& plan) {
  constexpr std::int64_t kTileElements = 48 * 1024, kLeast = 16, kMost = 1024;
  constexpr double kWorthTwo = 2.0e6;  // flops below which a second thread does not pay
  const std::int64_t depth = std::max<std::int64_t>(plan.depth(), 1), places = plan.places();
  const std::int64_t most = std::clamp(kTileElements / depth, kLeast, kMost);
  const double flops = 2.0 * static_cast<double>(places) * static_cast<double>(depth * plan.pass_width());
  const std::int64_t tiles = std::max<std::int64_t>((places + most - 1) / most, flops < kWorthTwo ? 1 : 2);
  const std::int64_t each = (places + tiles - 1) / tiles;
  return std::max<std::int64_t>((each + 7) / 8 * 8, 1);
}

ConvPlan plan_conv2d(const char* op, const Shape& image, const Shape& kernel, const Conv2DOptions& options) {
  check_options(op, options);
  check_shapes(op, image, kernel, options.groups);
  const Conv2DOptions o = with_explicit_padding(options, {image[1], image[2]}, {kernel[0], kernel[1]});
  const Padding& pad = o.padding;
  const std::int64_t rows =
      places_along(op, image, 1, kernel[0], o.stride.rows, o.dilation.rows, pad.top + pad.bottom);
  const std::int64_t columns =
      places_along(op, image, 2, kernel[1], o.stride.columns, o.dilation.columns, pad.left + pad.right);
  return {.images = image[0],
          .rows = rows,
          .columns = columns,
          .step = o.stride,
          .tap_rows = tap_offsets(kernel[0], o.dilation.rows, pad.top),
          .tap_columns = tap_offsets(kernel[1], o.dilation.columns, pad.left),
          .in_rows = image[1],
          .in_columns = image[2],
          .in_channels = image[3],
          .channels = kernel[2],
          .out_first = 0,
          .out_step = 1,
          .out_rows = rows,
          .out_columns = columns,
          .out_channels = kernel[3],
          .width = kernel[3] / o.groups};
}

std::vector<PhasePlan> plan_phases(const ConvPlan& forward) {
  std::vector<PhasePlan> out;
  for (const Phase& r : phases_along(forward.in_rows, forward.step.rows, forward.tap_rows)) {
    for (const Phase& c : phases_along(forward.in_columns, forward.step.columns, forward.tap_columns)) {
      ConvPlan plan = forward;
      plan.rows = r.places, plan.columns = c.places, plan.step = 1;
      plan.tap_rows = r.offsets, plan.tap_columns = c.offsets;
      plan.in_rows = forward.out_rows, plan.in_columns = forward.out_columns;
      plan.in_channels = forward.out_channels, plan.channels = forward.width;
      plan.out_first = {r.first, c.first}, plan.out_step = forward.step;
      plan.out_rows = forward.in_rows, plan.out_columns = forward.in_columns;
      plan.out_channels = forward.in_channels, plan.width = forward.channels;
      out.push_back({std::move(plan), r.taps, c.taps});
    }
  }
  return out;
}

}  // namespace detail

}  // namespace hourglass
