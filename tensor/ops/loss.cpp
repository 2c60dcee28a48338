#include <hourglass/tensor/base/vector_math.h>
#include <hourglass/tensor/kernels/pairs.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/missing.h>
#include <hourglass/tensor/ops/loss.h>

#include <cmath>
#include <limits>

namespace hourglass {

namespace {

Tensor scalar(double value, DType dtype) {
  Tensor out(Shape{}, dtype);
  out.fill(value);
  return out;
}

// Σ f(p, t) over two tensors of one shape and floating type; `slope`, where given, becomes a tensor of all
// g(p, t) in the same pass.
template <class F, class G>
double sum_pairs(const char* op, const Tensor& p, const Tensor& t, F f, G g, Tensor* slope) {
  const Tensor a = p.contiguous(), b = t.contiguous();
  if (slope) *slope = Tensor(p.shape(), p.dtype());
  return visit_floating(op, a.dtype(), [&]<class T>() {
    return detail::sum_pairs(a.data<T>(), b.data<T>(), a.size(), f, g,
                             slope ? slope->mutable_data<T>() : nullptr);
  });
}

double one_over(const Tensor& x) { return 1.0 / static_cast<double>(x.size()); }

}  // namespace

void expect_same_form(const char* op, const Tensor& prediction, const Tensor& target) {
  if (!(prediction.shape() == target.shape())) {
    throw ShapeError("{}: prediction {} and target {} must have the same shape; a loss broadcasts nothing{}",
                     op, prediction.shape(), target.shape(),
                     detail::note_if_missing(prediction.shape(), target.shape()));
  }
  detail::expect_same_type(op, prediction, target);
  expect_floating(op, prediction.dtype());
}

void expect_unit_interval(const char* op, const Tensor& t) {
  const double outside = visit_floating(op, t.dtype(), [&, values = t.contiguous()]<class T>() {
    const T* const x = values.data<T>();
    const auto is_outside = [](T v, T) { return static_cast<T>(!(v >= 0 && v <= 1)); };
    return detail::sum_pairs<T>(x, x, values.size(), is_outside, is_outside, nullptr);
  });
  if (outside == 0.0) return;
  throw DataError("{}: targets must be in [0, 1], but {} of {} are not; scale images by 1/255", op,
                  static_cast<std::int64_t>(outside), t.size());
}

Tensor mse(const Tensor& p, const Tensor& t, double factor, Tensor* slope) {
  expect_same_form("mean_squared_error", p, t);
  const double scale = factor * one_over(p);
  const double sum = sum_pairs(
      "mean_squared_error", p, t, [](auto a, auto b) { return (a - b) * (a - b); },
      [scale](auto a, auto b) { return static_cast<decltype(a)>(2.0 * scale) * (a - b); }, slope);
  return scalar(sum * scale, p.dtype());
}

Tensor mse_grad(const Tensor& dy, const Tensor& p, const Tensor& t) {
  const double scale = 2.0 * one_over(p) * dy.item();
  return map("mean_squared_error", p, t,
             [scale](auto a, auto b) { return static_cast<decltype(a)>(scale) * (a - b); });
}

Tensor bce_with_logits(const Tensor& x, const Tensor& t, double factor, Tensor* slope) {
  expect_same_form("binary_crossentropy", x, t);
  const double scale = factor * one_over(x);
  const double sum = sum_pairs(
      "binary_crossentropy", x, t,
      [](auto v, auto target) {  // nan for a target that is none: looked for only if the sum says so
        using T = decltype(v);
        const T entropy = math::softplus(v) - target * v;
        return target >= 0 && target <= 1 ? entropy : std::numeric_limits<T>::quiet_NaN();
      },
      [scale](auto v, auto target) { return static_cast<decltype(v)>(scale) * (math::sigmoid(v) - target); },
      slope);
  if (std::isnan(sum)) expect_unit_interval("binary_crossentropy", t);
  return scalar(sum * scale, x.dtype());
}

Tensor bce_with_logits_grad(const Tensor& dy, const Tensor& x, const Tensor& t) {
  const double scale = one_over(x) * dy.item();
  return map("binary_crossentropy", x, t, [scale](auto v, auto target) {
    return static_cast<decltype(v)>(scale) * (math::sigmoid(v) - target);
  });
}

double example_count(const char* op, const Shape& shape) {
  if (shape.rank() > 0 && shape[0] == 0) {
    throw DataError("{}: an empty batch has no mean over its examples, got shape {}; leave such batches out",
                    op, shape);
  }
  return shape.rank() == 0 ? 1.0 : static_cast<double>(shape[0]);
}

}  // namespace hourglass
