#pragma once

#include <hourglass/tensor/base/extent2.h>

/// Images made larger by whole factors, and the adjoint of that. Each adds to its result, but for
/// upsample_nearest, which writes it.
namespace hourglass::detail {

struct UpsampleExtents {
  std::int64_t images, rows, columns, channels;  // of the small images
  Extent2 factor;
};

template <class T>
void upsample_nearest(const UpsampleExtents& e, const T* x, T* y);
template <class T>
void upsample_nearest_grad(const UpsampleExtents& e, const T* dy, T* dx);
template <class T>
void upsample_bilinear(const UpsampleExtents& e, const T* x, T* y);
template <class T>
void upsample_bilinear_grad(const UpsampleExtents& e, const T* dy, T* dx);

}  // namespace hourglass::detail
