#include <hourglass/autograd/activation.h>
#include <hourglass/autograd/elementwise.h>
#include <hourglass/autograd/loss.h>
#include <hourglass/autograd/reduce.h>

namespace hourglass {

namespace {

double one_over(const Variable& x) { return 1.0 / static_cast<double>(x.size()); }

// A loss and, where one will be asked for, its slope in the same pass.
struct LossAndSlope {
  Tensor loss;
  mutable Tensor slope;  // goes to the first backward, which may use its memory; a second computes it again

  template <class Loss>
  LossAndSlope(Loss of, const Variable& p, const Variable& t, double factor) {
    loss = of(p.value(), t.value(), factor, is_recording() && p.requires_grad() ? &slope : nullptr);
  }
  [[nodiscard]] bool is_at_hand() const { return !is_recording() && slope.size() > 0; }
  [[nodiscard]] Variable times(const Variable& dy) const {
    Tensor once = std::exchange(slope, Tensor());
    return dy.item() == 1.0 ? once : once * dy.item();
  }
};

}  // namespace

Variable mse(const Variable& p, const Variable& t, double factor) {
  const LossAndSlope both([](const auto&... a) { return mse(a...); }, p, t, factor);
  return record(
      "mean_squared_error", both.loss,
      {
          {p,
           [p, t, factor, both](const Variable& dy, const Variable&) {
             return both.is_at_hand() ? both.times(dy) : mse_grad(dy * factor, p, t);
           }},
          {t, [p, t, factor](const Variable& dy, const Variable&) { return mse_grad(dy * factor, t, p); }},
      });
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
  const double scale = factor * one_over(x);
  const LossAndSlope both([](const auto&... a) { return bce_with_logits(a...); }, x, t, factor);
  return record("binary_crossentropy", both.loss,
                {
                    {x,
                     [x, t, factor, both](const Variable& dy, const Variable&) {
                       return both.is_at_hand() ? both.times(dy) : bce_with_logits_grad(dy * factor, x, t);
                     }},
                    {t, [x, scale](const Variable& dy, const Variable&) { return x * (-scale * dy); }},
                });
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
