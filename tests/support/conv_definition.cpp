#include "conv_definition.h"

#include <hourglass/tensor/ops/factory.h>

namespace hourglass::testing {

namespace {

struct Extents {
  Shape x, w, y;
};

std::int64_t places(std::int64_t extent, std::int64_t pads, std::int64_t taps, std::int64_t stride,
                    std::int64_t dilation) {
  return (extent + pads - ((taps - 1) * dilation + 1)) / stride + 1;
}

// Calls f(offset in x, offset in w, offset in y) for every term of the sum.
template <class F>
void for_terms(const Extents& e, const Conv2DOptions& o, F f) {
  const std::int64_t width = e.y[3] / o.groups, channels = e.w[2];
  for (std::int64_t n = 0; n < e.y[0]; ++n)
    for (std::int64_t p = 0; p < e.y[1]; ++p)
      for (std::int64_t q = 0; q < e.y[2]; ++q)
        for (std::int64_t i = 0; i < e.w[0]; ++i)
          for (std::int64_t j = 0; j < e.w[1]; ++j) {
            const std::int64_t r = p * o.stride.rows + i * o.dilation.rows - o.padding.top;
            const std::int64_t c = q * o.stride.columns + j * o.dilation.columns - o.padding.left;
            if (r < 0 || r >= e.x[1] || c < 0 || c >= e.x[2]) continue;
            for (std::int64_t k = 0; k < channels; ++k)
              for (std::int64_t out = 0; out < e.y[3]; ++out) {
                f(((n * e.x[1] + r) * e.x[2] + c) * e.x[3] + out / width * channels + k,
                  ((i * e.w[1] + j) * channels + k) * e.y[3] + out,
                  ((n * e.y[1] + p) * e.y[2] + q) * e.y[3] + out);
              }
          }
}

Shape output_shape(const Shape& x, const Shape& w, const Conv2DOptions& o) {
  return {x[0], places(x[1], o.padding.top + o.padding.bottom, w[0], o.stride.rows, o.dilation.rows),
          places(x[2], o.padding.left + o.padding.right, w[1], o.stride.columns, o.dilation.columns), w[3]};
}

Tensor as_double(const Tensor& x) { return x.to(float64).contiguous(); }

}  // namespace

Tensor conv2d_by_definition(const Tensor& x, const Tensor& w, const Conv2DOptions& options) {
  const Tensor image = as_double(x), kernel = as_double(w);
  Tensor y = zeros(output_shape(x.shape(), w.shape(), options), float64);
  double* const to = y.mutable_data<double>();
  for_terms({x.shape(), w.shape(), y.shape()}, options, [&](auto at_x, auto at_w, auto at_y) {
    to[at_y] += image.data<double>()[at_x] * kernel.data<double>()[at_w];
  });
  return y;
}

Tensor conv2d_input_grad_by_definition(const Tensor& y, const Tensor& w, Extent2 image,
                                       const Conv2DOptions& options) {
  const Tensor output = as_double(y), kernel = as_double(w);
  Tensor x = zeros({y.shape(0), image.rows, image.columns, w.shape(2) * options.groups}, float64);
  double* const to = x.mutable_data<double>();
  for_terms({x.shape(), w.shape(), y.shape()}, options, [&](auto at_x, auto at_w, auto at_y) {
    to[at_x] += output.data<double>()[at_y] * kernel.data<double>()[at_w];
  });
  return x;
}

Tensor conv2d_kernel_grad_by_definition(const Tensor& x, const Tensor& y, Extent2 kernel,
                                        const Conv2DOptions& options) {
  const Tensor image = as_double(x), output = as_double(y);
  Tensor w = zeros({kernel.rows, kernel.columns, x.shape(3) / options.groups, y.shape(3)}, float64);
  double* const to = w.mutable_data<double>();
  for_terms({x.shape(), w.shape(), y.shape()}, options, [&](auto at_x, auto at_w, auto at_y) {
    to[at_w] += image.data<double>()[at_x] * output.data<double>()[at_y];
  });
  return w;
}

}  // namespace hourglass::testing
