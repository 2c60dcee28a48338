#include <hourglass/autograd/fast/conv.h>
#include <hourglass/autograd/fast/spend.h>
#include <hourglass/tensor/ops/activation.h>
#include <hourglass/tensor/ops/reduce.h>

namespace hourglass::fast {

namespace {

Extent2 image_of(const Variable& x) { return {x.shape(1), x.shape(2)}; }
Extent2 kernel_of(const Variable& w) { return {w.shape(0), w.shape(1)}; }

// What differs between a convolution and its transpose: `all` gives the three gradients in one pass, to_x and
// to_w one each from dz.
template <class All, class ToX, class ToW>
FastPath gradients_of(const Variable& x, const Variable& w, bool has_bias, Epilogue f, All all, ToX to_x,
                      ToW to_w) {
  const bool with_x = x.requires_grad(), with_w = w.requires_grad();
  return [=, x = kept_if(with_w, x), w = kept_if(with_x || with_w, w)](const Variable& dy, const Variable& y,
                                                                       Wanted wanted) {
    Gradients d;
    if (has_bias && wanted[1]) {
      ConvGradients three = all(dy.value(), y.value(), x->value(), w->value(), wanted[0]);
      if (wanted[0]) d[0] = std::move(three.input);
      d[1] = std::move(three.kernel);
      if (wanted[2]) d[2] = std::move(three.bias);
      return d;
    }
    const Tensor dz = epilogue_grad(spend(dy), y.value(), f);
    if (wanted[0]) d[0] = to_x(dz, w->value());
    if (wanted[1]) d[1] = to_w(dz, x->value());
    if (wanted[2]) d[2] = sum(dz, {0, 1, 2});
    return d;
  };
}

}  // namespace

FastPath conv2d(const Variable& x, const Variable& w, const std::optional<Variable>& b,
                const Conv2DOptions& options, Epilogue f) {
  const auto all = [options, f](const Tensor& dy, const Tensor& y, const Tensor& xv, const Tensor& wv,
                                bool with_x) { return conv2d_gradients(dy, y, xv, wv, options, f, with_x); };
  const auto to_x = [options, image = image_of(x)](const Tensor& dz, const Tensor& wv) {
    return hourglass::conv2d_input_grad(dz, wv, image, options);
  };
  const auto to_w = [options, kernel = kernel_of(w)](const Tensor& dz, const Tensor& xv) {
    return conv2d_kernel_grad(xv, dz, kernel, options);
  };
  return gradients_of(x, w, b.has_value(), f, all, to_x, to_w);
}

FastPath conv2d_input_grad(const Variable& x, const Variable& w, const std::optional<Variable>& b,
                           const Conv2DOptions& options, Epilogue f) {
  const auto all = [options, f](const Tensor& dy, const Tensor& y, const Tensor& xv, const Tensor& wv,
                                bool with_x) {
    return conv2d_input_grad_gradients(dy, y, xv, wv, options, f, with_x);
  };
  const auto to_x = [options](const Tensor& dz, const Tensor& wv) {
    return hourglass::conv2d(dz, wv, nullptr, options);
  };
  const auto to_w = [options, kernel = kernel_of(w)](const Tensor& dz, const Tensor& xv) {
    return conv2d_kernel_grad(dz, xv, kernel, options);
  };
  return gradients_of(x, w, b.has_value(), f, all, to_x, to_w);
}

}  // namespace hourglass::fast
