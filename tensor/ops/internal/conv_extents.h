#pragma once

#include <hourglass/tensor/kernels/conv/geometry.h>
#include <hourglass/tensor/ops/conv.h>

namespace hourglass::detail {

/// Taps of a kernel or window at most, and grids (see PhasePlan) that a stride may cut an image into: each of
/// them costs memory and time, whatever the image has.
inline constexpr std::int64_t kMostTaps = std::int64_t{1} << 22, kMostPhases = std::int64_t{1} << 16;
/// Throw ShapeError for more.
void check_taps(const char* op, Extent2 kernel);
void check_phases(const char* op, const ConvPlan& forward);

/// A conv2d over an image (N, H, W, C) with a kernel (kh, kw, C/groups, O), checked: throws as conv2d does.
[[nodiscard]] ConvExtents checked_extents(const char* op, const Shape& image, const Shape& kernel,
                                          const Conv2DOptions& options);

}  // namespace hourglass::detail
