#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/kernels/pool.h>
#include <hourglass/tensor/ops/internal/conv_extents.h>
#include <hourglass/tensor/ops/pool.h>

#include <algorithm>

namespace hourglass {

namespace {

using detail::ConvPlan;

// Every window has to see something of the image.
void check_axis(const char* op, const Shape& image, int axis, std::int64_t window, std::int64_t before,
                std::int64_t after) {
  const char* const lines = axis == 1 ? "rows" : "columns";
  if (before >= window || after >= window) {
    throw ShapeError(
        "{}: a padding of {} {} is not smaller than the window, which has {}; such a window would see "
        "padding alone, so pad less or take a larger one",
        op, std::max(before, after), lines, window);
  }
  if (window > checked_sum(op, image[axis], before + after)) {
    throw ShapeError(
        "{}: a window of {} {} is larger than the input {}, which has {}; take a smaller window or same "
        "padding",
        op, window, lines, image, image[axis]);
  }
}

// A window is a depthwise kernel.
ConvPlan plan_pool(const char* op, const Shape& image, const Pool2DOptions& o) {
  if (image.rank() != 4)
    throw ShapeError("{}: needs images (N, H, W, C), got shape {}; unsqueeze adds the axis that is missing",
                     op, image);
  if (o.window.rows < 1 || o.window.columns < 1) {
    throw ShapeError(
        "{}: the window must have at least one row and column, got ({}, {}); {1, 1} leaves the image as it "
        "is",
        op, o.window.rows, o.window.columns);
  }
  const Extent2 stride = o.stride.value_or(o.window);
  expect_conv_options(op, {.stride = stride, .padding = o.padding});
  detail::check_taps(op, o.window);
  const Conv2DOptions known =
      with_explicit_padding({.stride = stride, .padding = o.padding}, {image[1], image[2]}, o.window);
  check_axis(op, image, 1, o.window.rows, known.padding.top, known.padding.bottom);
  check_axis(op, image, 2, o.window.columns, known.padding.left, known.padding.right);
  const Shape one{image[0], image[1], image[2], 1}, window{o.window.rows, o.window.columns, 1, 1};
  ConvPlan plan = detail::plan_of(detail::checked_extents(op, one, window, known));
  plan.in_channels = plan.out_channels = image[3];
  return plan;
}

Shape output_shape(const ConvPlan& plan) { return {plan.images, plan.rows, plan.columns, plan.out_channels}; }

void expect_shape(const char* op, const char* what, const Tensor& x, const Shape& shape) {
  if (x.shape() != shape)
    throw ShapeError("{}: {} must have shape {}, got {}; give the options and the shape of the forward pass",
                     op, what, shape, x.shape());
}

}  // namespace

Tensor max_pool2d(const Tensor& x, const Pool2DOptions& options) {
  const ConvPlan plan = plan_pool("max_pool2d", x.shape(), options);
  const Tensor image = x.contiguous();
  return visit_floating("max_pool2d", x.dtype(), [&]<class T>() {
    Tensor y(output_shape(plan), dtype_of<T>);
    detail::max_pool(plan, image.data<T>(), y.mutable_data<T>());
    return y;
  });
}

Tensor max_pool2d_grad(const Tensor& dy, const Tensor& x, const Tensor& y, const Pool2DOptions& options) {
  const char* const op = "max_pool2d_grad";
  const ConvPlan plan = plan_pool(op, x.shape(), options);
  expect_shape(op, "dy", dy, output_shape(plan));
  expect_shape(op, "y", y, output_shape(plan));
  const Tensor gradient = dy.contiguous(), image = x.contiguous(), tops = y.contiguous();
  return visit_floating(op, x.dtype(), [&]<class T>() {
    Tensor dx(x.shape(), dtype_of<T>);
    detail::max_pool_grad(plan, gradient.data<T>(), image.data<T>(), tops.data<T>(), dx.mutable_data<T>());
    return dx;
  });
}

Tensor max_pool2d_take(const Tensor& g, const Tensor& x, const Tensor& y, const Pool2DOptions& options) {
  const char* const op = "max_pool2d_take";
  const ConvPlan plan = plan_pool(op, x.shape(), options);
  expect_shape(op, "g", g, x.shape());
  expect_shape(op, "y", y, output_shape(plan));
  const Tensor image = x.contiguous(), tops = y.contiguous(), from = g.contiguous();
  return visit_floating(op, x.dtype(), [&]<class T>() {
    Tensor out(y.shape(), dtype_of<T>);
    detail::max_pool_take(plan, from.data<T>(), image.data<T>(), tops.data<T>(), out.mutable_data<T>());
    return out;
  });
}

Tensor average_pool2d(const Tensor& x, const Pool2DOptions& options) {
  const ConvPlan plan = plan_pool("average_pool2d", x.shape(), options);
  const Tensor image = x.contiguous();
  return visit_floating("average_pool2d", x.dtype(), [&]<class T>() {
    Tensor y(output_shape(plan), dtype_of<T>);
    detail::average_pool(plan, image.data<T>(), y.mutable_data<T>());
    return y;
  });
}

Tensor average_pool2d_grad(const Tensor& dy, const Shape& image, const Pool2DOptions& options) {
  const char* const op = "average_pool2d_grad";
  const ConvPlan plan = plan_pool(op, image, options);
  expect_shape(op, "dy", dy, output_shape(plan));
  const Tensor gradient = dy.contiguous();
  return visit_floating(op, dy.dtype(), [&]<class T>() {
    Tensor dx(image, dtype_of<T>);
    detail::average_pool_grad(plan, gradient.data<T>(), dx.mutable_data<T>());
    return dx;
  });
}

}  // namespace hourglass
