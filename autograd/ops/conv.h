#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/conv.h>

#include <optional>

/// Convolution for variables. The three faces of one trilinear form (tensor/ops/conv.h) are each other's
/// gradients, so they can be differentiated to any order.
namespace hourglass {

/// y = f(x * w + b).    (N, H, W, C)(kh, kw, C/groups, O) + (O) -> (N, H', W', O)
/// With dz = dy f'(z):  dx = conv2d_input_grad(dz, w), dw = conv2d_kernel_grad(x, dz), db = Σ dz.
[[nodiscard]] Variable conv2d(const Variable& x, const Variable& w, const std::optional<Variable>& b = {},
                              const Conv2DOptions& options = {}, Epilogue f = Epilogue::none);

/// x = f(wᵀ * y + b): the transposed convolution.    dy = conv2d(dz, w), dw = conv2d_kernel_grad(dz, y)
[[nodiscard]] Variable conv2d_input_grad(const Variable& y, const Variable& w, Extent2 image,
                                         const Conv2DOptions& options = {},
                                         const std::optional<Variable>& b = {}, Epilogue f = Epilogue::none);

/// w = Σ patchᵀ y.    dx = conv2d_input_grad(y, dw), dy = conv2d(x, dw)
[[nodiscard]] Variable conv2d_kernel_grad(const Variable& x, const Variable& y, Extent2 kernel,
                                          const Conv2DOptions& options = {});

/// Convolution along one axis.    (N, L, C)(k, C/groups, O) + (O) -> (N, L', O)
[[nodiscard]] Variable conv1d(const Variable& x, const Variable& w, const std::optional<Variable>& b = {},
                              const Conv1DOptions& options = {}, Epilogue f = Epilogue::none);

}  // namespace hourglass
