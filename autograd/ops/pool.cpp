#include <hourglass/autograd/ops/pool.h>
#include <hourglass/autograd/tape.h>

namespace hourglass {

namespace {

// Two linear maps that are each other's adjoint are each other's gradient.

Variable take_largest(const Variable& g, const Tensor& x, const Tensor& y, const Pool2DOptions& o);

Variable give_to_largest(const Variable& dy, const Tensor& x, const Tensor& y, const Pool2DOptions& o) {
  return record("max_pool2d_grad", max_pool2d_grad(dy.value(), x, y, o),
                {{dy, [x, y, o](const Variable& g, const Variable&) { return take_largest(g, x, y, o); }}});
}

Variable take_largest(const Variable& g, const Tensor& x, const Tensor& y, const Pool2DOptions& o) {
  return record(
      "max_pool2d_take", max_pool2d_take(g.value(), x, y, o),
      {{g, [x, y, o](const Variable& dy, const Variable&) { return give_to_largest(dy, x, y, o); }}});
}

Variable spread_evenly(const Variable& dy, const Shape& image, const Pool2DOptions& o) {
  return record("average_pool2d_grad", average_pool2d_grad(dy.value(), image, o),
                {{dy, [o](const Variable& g, const Variable&) { return average_pool2d(g, o); }}});
}

Variable gather_upsampled(const Variable& dy, Extent2 factor, Interpolation kind) {
  return record(
      "upsample2d_grad", upsample2d_grad(dy.value(), factor, kind),
      {{dy, [factor, kind](const Variable& g, const Variable&) { return upsample2d(g, factor, kind); }}});
}

}  // namespace

Variable max_pool2d(const Variable& x, const Pool2DOptions& options) {
  return record("max_pool2d", max_pool2d(x.value(), options),
                {{x,
                  [x, options](const Variable& dy, const Variable& y) {
                    return give_to_largest(dy, x.value(), y.value(), options);
                  }}})
      .called_with(options);
}

Variable average_pool2d(const Variable& x, const Pool2DOptions& options) {
  return record("average_pool2d", average_pool2d(x.value(), options),
                {{x, [image = x.shape(), options](
                         const Variable& dy, const Variable&) { return spread_evenly(dy, image, options); }}})
      .called_with(options);
}

Variable upsample2d(const Variable& x, Extent2 factor, Interpolation kind) {
  return record("upsample2d", upsample2d(x.value(), factor, kind),
                {{x, [factor, kind](const Variable& dy,
                                    const Variable&) { return gather_upsampled(dy, factor, kind); }}})
      .called_with(factor, kind);
}

}  // namespace hourglass
