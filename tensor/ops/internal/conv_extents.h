#pragma once

#include <hourglass/tensor/kernels/conv/geometry.h>
#include <hourglass/tensor/ops/conv.h>

namespace hourglass::detail {

/// A conv2d over an image (N, H, W, C) with a kernel (kh, kw, C/groups, O), checked: throws as conv2d does.
[[nodiscard]] ConvExtents checked_extents(const char* op, const Shape& image, const Shape& kernel,
                                          const Conv2DOptions& options);

}  // namespace hourglass::detail
