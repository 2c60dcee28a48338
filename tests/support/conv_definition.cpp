#include "conv_definition.h"

#include <hourglass/tensor/kernels/conv/naive.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass::testing {

namespace {

detail::ConvExtents extents(const Shape& x, const Shape& w, const Conv2DOptions& o) {
  return {x[0],     {x[1], x[2]}, x[3],          {w[0], w[1]},     w[3],           o.groups,
          o.stride, o.dilation,   o.padding.top, o.padding.bottom, o.padding.left, o.padding.right};
}

Tensor as_double(const Tensor& x) { return x.to(float64).contiguous(); }

}  // namespace

Tensor conv2d_by_definition(const Tensor& x, const Tensor& w, const Conv2DOptions& options) {
  const Tensor image = as_double(x), kernel = as_double(w);
  const detail::ConvExtents e = extents(x.shape(), w.shape(), options);
  Tensor y = zeros({e.images, e.output().rows, e.output().columns, e.out_channels}, float64);
  detail::naive_convolve(e, image.data<double>(), kernel.data<double>(), y.mutable_data<double>());
  return y;
}

Tensor conv2d_input_grad_by_definition(const Tensor& y, const Tensor& w, Extent2 image,
                                       const Conv2DOptions& options) {
  const Tensor output = as_double(y), kernel = as_double(w);
  Tensor x = zeros({y.shape(0), image.rows, image.columns, w.shape(2) * options.groups}, float64);
  detail::naive_input_grad(extents(x.shape(), w.shape(), options), output.data<double>(),
                           kernel.data<double>(), x.mutable_data<double>());
  return x;
}

Tensor conv2d_kernel_grad_by_definition(const Tensor& x, const Tensor& y, Extent2 kernel,
                                        const Conv2DOptions& options) {
  const Tensor image = as_double(x), output = as_double(y);
  Tensor w = zeros({kernel.rows, kernel.columns, x.shape(3) / options.groups, y.shape(3)}, float64);
  detail::naive_kernel_grad(extents(x.shape(), w.shape(), options), image.data<double>(),
                            output.data<double>(), w.mutable_data<double>());
  return w;
}

}  // namespace hourglass::testing
