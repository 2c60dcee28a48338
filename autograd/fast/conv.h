#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/conv.h>

#include <optional>

namespace hourglass::fast {

/// The gradients of conv2d(x, w, b, options, f): one pass over the images where the kernel's is among them,
/// each of which stays in cache until all is done with it.
[[nodiscard]] FastPath conv2d(const Variable& x, const Variable& w, const std::optional<Variable>& b,
                              const Conv2DOptions& options, Epilogue f);
/// Those of conv2d_input_grad(x, w, image, options, b, f), the transposed convolution.
[[nodiscard]] FastPath conv2d_input_grad(const Variable& x, const Variable& w,
                                         const std::optional<Variable>& b, const Conv2DOptions& options,
                                         Epilogue f);

}  // namespace hourglass::fast
