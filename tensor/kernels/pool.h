#pragma once

#include <hourglass/tensor/kernels/conv/geometry.h>

/// Pooling, by the plan of a depthwise convolution whose kernel is the window; all channels at once.
namespace hourglass::detail {

/// y = the largest of each window; nan wins.
template <class T>
void max_pool(const ConvPlan& plan, const T* x, T* y);
/// dx = dy at the first place in each window that has its largest value y, 0 elsewhere.
template <class T>
void max_pool_grad(const ConvPlan& plan, const T* dy, const T* x, const T* y, T* dx);
/// out = what g, of x's shape, has at those places.
template <class T>
void max_pool_take(const ConvPlan& plan, const T* g, const T* x, const T* y, T* out);

/// y = the mean of what lies inside the image; and its adjoint.
template <class T>
void average_pool(const ConvPlan& plan, const T* x, T* y);
template <class T>
void average_pool_grad(const ConvPlan& plan, const T* dy, T* dx);

}  // namespace hourglass::detail
