#pragma once

#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/kernels/conv/geometry.h>

/// The three faces of a convolution, for float and double, by the engine that engine.h chooses. All arrays
/// are contiguous: images channels last, kernels (kh, kw, C/groups, O); a bias may be null.
namespace hourglass::detail {

/// y = f(x * w + bias)
template <class T>
void convolve(const ConvPlan& plan, const T* x, const T* w, const T* bias, Epilogue f, T* y);

/// The gradient with respect to the image, the transposed convolution:  x = f(wᵀ * y + bias).
template <class T>
void convolve_input_grad(const ConvPlan& forward, const T* y, const T* w, const T* bias, Epilogue f, T* x);

/// The gradient with respect to the kernel:  w = Σ over images and places of patchᵀ y.
template <class T>
void convolve_kernel_grad(const ConvPlan& plan, const T* x, const T* y, T* w);

/// All gradients of y = f(x * w + bias), or, `transposed`, of y = f(wᵀ * x + bias), from dy; dx may be null.
template <class T>
struct ConvGradientArrays {
  const T *dy, *y, *x, *w;
  T *dx, *dw, *db;
};
template <class T>
void convolve_gradients(const ConvPlan& plan, bool transposed, Epilogue f, const ConvGradientArrays<T>& a);

}  // namespace hourglass::detail
