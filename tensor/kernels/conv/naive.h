#pragma once

#include <hourglass/tensor/kernels/conv/geometry.h>

/// Convolution by its definition, the trilinear form of tensor/ops/conv.h written out: what the fast ways are
/// held against.
namespace hourglass::detail {

/// Calls f(offset in x, offset in w, offset in y) for every term x · w · y of the form. Seven loops.
template <class F>
void for_terms(const ConvExtents& e, F f) {
  const Extent2 out = e.output();
  const std::int64_t channels = e.channels(), width = e.out_channels / e.groups;
  for (std::int64_t n = 0; n < e.images; ++n) {
    for (std::int64_t p = 0; p < out.rows; ++p) {
      for (std::int64_t q = 0; q < out.columns; ++q) {
        for (std::int64_t i = 0; i < e.kernel.rows; ++i) {
          for (std::int64_t j = 0; j < e.kernel.columns; ++j) {
            const std::int64_t row = p * e.stride.rows + i * e.dilation.rows - e.top;
            const std::int64_t column = q * e.stride.columns + j * e.dilation.columns - e.left;
            if (row < 0 || row >= e.image.rows || column < 0 || column >= e.image.columns) continue;
            for (std::int64_t c = 0; c < channels; ++c) {
              for (std::int64_t o = 0; o < e.out_channels; ++o) {
                f(((n * e.image.rows + row) * e.image.columns + column) * e.in_channels +
                      o / width * channels + c,
                  ((i * e.kernel.columns + j) * channels + c) * e.out_channels + o,
                  ((n * out.rows + p) * out.columns + q) * e.out_channels + o);
              }
            }
          }
        }
      }
    }
  }
}

/// The three faces; each adds to its result.
template <class T>
void naive_convolve(const ConvExtents& e, const T* x, const T* w, T* y) {
  for_terms(e, [=](auto at_x, auto at_w, auto at_y) { y[at_y] += x[at_x] * w[at_w]; });
}
template <class T>
void naive_input_grad(const ConvExtents& e, const T* y, const T* w, T* x) {
  for_terms(e, [=](auto at_x, auto at_w, auto at_y) { x[at_x] += y[at_y] * w[at_w]; });
}
template <class T>
void naive_kernel_grad(const ConvExtents& e, const T* x, const T* y, T* w) {
  for_terms(e, [=](auto at_x, auto at_w, auto at_y) { w[at_w] += x[at_x] * y[at_y]; });
}

}  // namespace hourglass::detail
