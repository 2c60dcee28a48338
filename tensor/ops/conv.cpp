#include <hourglass/tensor/base/products.h>
#include <hourglass/tensor/kernels/conv/convolution.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/conv.h>
#include <hourglass/tensor/ops/internal/conv_extents.h>
#include <hourglass/tensor/views.h>

namespace hourglass {

namespace {

using detail::ConvPlan;

ConvPlan checked_plan(const char* op, const Shape& image, const Shape& kernel, const Conv2DOptions& options) {
  return detail::plan_of(detail::checked_extents(op, image, kernel, options));
}

void check_types(const char* op, const Tensor& a, const Tensor& b, const Tensor* bias,
                 std::int64_t channels) {
  detail::expect_same_type(op, a, b);
  if (!bias) return;
  detail::expect_same_type(op, b, *bias);
  if (bias->shape() != Shape{channels}) {
    throw ShapeError("{}: needs a bias of shape {}, got {}; it has one number for each output channel", op,
                     Shape{channels}, bias->shape());
  }
}

void check_output(const char* op, const ConvPlan& plan, const Shape& image, const Shape& y) {
  const Shape expected{plan.images, plan.out_rows, plan.out_columns, plan.out_channels};
  if (y != expected) {
    throw ShapeError(
        "{}: the convolution of an image {} has the shape {}, but y has {}; give the options and the shape "
        "of the forward pass",
        op, image, expected, y);
  }
}

// A contiguous bias, or none.
struct Bias {
  explicit Bias(const Tensor* b) : held(b ? b->contiguous() : Tensor()), present(b != nullptr) {}
  template <class T>
  [[nodiscard]] const T* data() const {
    return present ? held.data<T>() : nullptr;
  }
  Tensor held;
  bool present;
};

ConvGradients gradients(const char* op, const ConvPlan& plan, bool transposed, const Tensor& dy,
                        const Tensor& y, const Tensor& x, const Tensor& w, Epilogue f, bool with_input) {
  for (const Tensor* other : {&y, &x, &w}) detail::expect_same_type(op, dy, *other);
  const Tensor arrived = dy.contiguous(), output = y.contiguous(), input = x.contiguous(),
               kernel = w.contiguous();
  ConvGradients out{with_input ? Tensor(x.shape(), x.dtype()) : Tensor(), Tensor(w.shape(), w.dtype()),
                    Tensor(Shape{dy.shape(3)}, dy.dtype())};
  detail::count_products(with_input ? 2 : 1);
  visit_floating(op, dy.dtype(), [&]<class T>() {
    detail::convolve_gradients<T>(plan, transposed, f,
                                  {arrived.data<T>(), output.data<T>(), input.data<T>(), kernel.data<T>(),
                                   with_input ? out.input.mutable_data<T>() : nullptr,
                                   out.kernel.mutable_data<T>(), out.bias.mutable_data<T>()});
  });
  return out;
}

}  // namespace

Tensor conv2d(const Tensor& x, const Tensor& w, const Tensor* b, const Conv2DOptions& options, Epilogue f) {
  const ConvPlan plan = checked_plan("conv2d", x.shape(), w.shape(), options);
  check_types("conv2d", x, w, b, plan.out_channels);
  detail::count_products();
  const Tensor image = x.contiguous(), kernel = w.contiguous();
  const Bias bias(b);
  Tensor y(Shape{plan.images, plan.rows, plan.columns, plan.out_channels}, x.dtype());
  visit_floating("conv2d", x.dtype(), [&]<class T>() {
    detail::convolve<T>(plan, image.data<T>(), kernel.data<T>(), bias.data<T>(), f, y.mutable_data<T>());
  });
  return y;
}

Tensor conv1d(const Tensor& x, const Tensor& w, const Tensor* b, const Conv1DOptions& options, Epilogue f) {
  if (x.rank() != 3 || w.rank() != 3) {
    throw ShapeError(
        "conv1d: needs sequences (N, L, C) and a kernel (k, C/groups, O), got {} and {}; unsqueeze adds the "
        "axis that is missing",
        x.shape(), w.shape());
  }
  return squeeze(conv2d(unsqueeze(x, 1), unsqueeze(w, 0), b, along_columns(options), f), 1);
}

Tensor conv2d_input_grad(const Tensor& y, const Tensor& w, Extent2 image, const Conv2DOptions& options,
                         const Tensor* b, Epilogue f) {
  detail::count_products();
  const char* const op = "conv2d_input_grad";
  if (y.rank() != 4 || w.rank() != 4) {
    throw ShapeError(
        "{}: needs y (N, H, W, O) and a kernel (kh, kw, C/groups, O), got {} and {}; unsqueeze adds the axis "
        "that is missing",
        op, y.shape(), w.shape());
  }
  const Shape shape{y.shape(0), image.rows, image.columns, checked_product(op, w.shape(2), options.groups)};
  const ConvPlan forward = checked_plan(op, shape, w.shape(), options);
  detail::check_phases(op, forward);
  check_output(op, forward, shape, y.shape());
  check_types(op, y, w, b, shape[3]);
  const Tensor from = y.contiguous(), kernel = w.contiguous();
  const Bias bias(b);
  Tensor x(shape, y.dtype());
  visit_floating(op, y.dtype(), [&]<class T>() {
    detail::convolve_input_grad<T>(forward, from.data<T>(), kernel.data<T>(), bias.data<T>(), f,
                                   x.mutable_data<T>());
  });
  return x;
}

Tensor conv2d_kernel_grad(const Tensor& x, const Tensor& y, Extent2 kernel, const Conv2DOptions& options) {
  detail::count_products();
  const char* const op = "conv2d_kernel_grad";
  if (x.rank() != 4 || y.rank() != 4 || options.groups < 1 || x.shape(3) % options.groups != 0) {
    throw ShapeError(
        "{}: needs an image (N, H, W, C) in {} groups and y (N, H', W', O), got {} and {}; groups must "
        "divide C and O",
        op, options.groups, x.shape(), y.shape());
  }
  const Shape shape{kernel.rows, kernel.columns, x.shape(3) / options.groups, y.shape(3)};
  const ConvPlan plan = checked_plan(op, x.shape(), shape, options);
  check_output(op, plan, x.shape(), y.shape());
  detail::expect_same_type(op, x, y);
  const Tensor image = x.contiguous(), output = y.contiguous();
  Tensor w(shape, x.dtype());
  visit_floating(op, x.dtype(), [&]<class T>() {
    detail::convolve_kernel_grad<T>(plan, image.data<T>(), output.data<T>(), w.mutable_data<T>());
  });
  return w;
}

ConvGradients conv2d_gradients(const Tensor& dy, const Tensor& y, const Tensor& x, const Tensor& w,
                               const Conv2DOptions& options, Epilogue f, bool with_input) {
  const char* const op = "conv2d_gradients";
  const ConvPlan plan = checked_plan(op, x.shape(), w.shape(), options);
  if (with_input) detail::check_phases(op, plan);
  check_output(op, plan, x.shape(), dy.shape());
  check_output(op, plan, x.shape(), y.shape());
  return gradients(op, plan, false, dy, y, x, w, f, with_input);
}

ConvGradients conv2d_input_grad_gradients(const Tensor& dy, const Tensor& y, const Tensor& x, const Tensor& w,
                                          const Conv2DOptions& options, Epilogue f, bool with_input) {
  const char* const op = "conv2d_input_grad_gradients";
  const ConvPlan plan = checked_plan(op, y.shape(), w.shape(), options);
  check_output(op, plan, y.shape(), x.shape());
  if (dy.shape() != y.shape())
    throw ShapeError("{}: dy {} and y {} must have one shape; give the output of the forward pass", op,
                     dy.shape(), y.shape());
  return gradients(op, plan, true, dy, y, x, w, f, with_input);
}

}  // namespace hourglass
