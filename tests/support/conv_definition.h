#pragma once

#include <hourglass/tensor/ops/conv.h>

namespace hourglass::testing {

/// The three faces of convolution by the seven loops of tensor/kernels/conv/naive.h, in float64: what the ops
/// are checked against. Each takes options with the padding as numbers, and returns a float64 tensor.
[[nodiscard]] Tensor conv2d_by_definition(const Tensor& x, const Tensor& w, const Conv2DOptions& options);
[[nodiscard]] Tensor conv2d_input_grad_by_definition(const Tensor& y, const Tensor& w, Extent2 image,
                                                     const Conv2DOptions& options);
[[nodiscard]] Tensor conv2d_kernel_grad_by_definition(const Tensor& x, const Tensor& y, Extent2 kernel,
                                                      const Conv2DOptions& options);

}  // namespace hourglass::testing
