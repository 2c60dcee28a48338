#include <hourglass/autograd/fast/loss.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/loss.h>
#include <hourglass/autograd/ops/reduce.h>

namespace hourglass {

namespace {

double one_over(const Variable& x) { return 1.0 / static_cast<double>(x.size()); }

}  // namespace

Variable mse(const Variable& p, const Variable& t, double factor) {
  fast::Slope slope(p);
  Tensor loss = mse(p.value(), t.value(), factor, slope.place());
  const auto of_p = [p, t, factor](const Variable& dy, const Variable&) {
    return mse_grad(dy * factor, p, t);
  };
  const auto of_t = [p, t, factor](const Variable& dy, const Variable&) {
    return mse_grad(dy * factor, t, p);
  };
  return record("mean_squared_error", std::move(loss), {{p, of_p}, {t, of_t}})
      .with_fast(std::move(slope).gradient());
}

Variable mse_grad(const Variable& dy, const Variable& p, const Variable& t) {
  const double scale = 2.0 * one_over(p);
  return record(
      "mean_squared_error_grad", mse_grad(dy.value(), p.value(), t.value()),
      {
          {dy, [p, t, scale](const Variable& g, const Variable&) { return scale * sum(g * (p - t)); }},
          {p, [dy, scale](const Variable& g, const Variable&) { return g * (scale * dy); }},
          {t, [dy, scale](const Variable& g, const Variable&) { return g * (-scale * dy); }},
      });
}

Variable bce_with_logits(const Variable& x, const Variable& t, double factor) {
  fast::Slope slope(x);
  Tensor loss = bce_with_logits(x.value(), t.value(), factor, slope.place());
  const auto of_x = [x, t, factor](const Variable& dy, const Variable&) {
    return bce_with_logits_grad(dy * factor, x, t);
  };
  const auto of_t = [x, scale = factor * one_over(x)](const Variable& dy, const Variable&) {
    return x * (-scale * dy);
  };
  return record("binary_crossentropy", std::move(loss), {{x, of_x}, {t, of_t}})
      .with_fast(std::move(slope).gradient());
}

Variable bce_with_logits_grad(const Variable& dy, const Variable& x, const Variable& t) {
  const double scale = one_over(x);
  return record(
      "binary_crossentropy_grad", bce_with_logits_grad(dy.value(), x.value(), t.value()),
      {
          {dy,
           [x, t, scale](const Variable& g, const Variable&) { return scale * sum(g * (sigmoid(x) - t)); }},
          {x, [dy, x, scale](const Variable& g,
                             const Variable&) { return sigmoid_grad(g * (scale * dy), sigmoid(x)); }},
          {t, [dy, scale](const Variable& g, const Variable&) { return g * (-scale * dy); }},
      });
}

}  // namespace hourglass
