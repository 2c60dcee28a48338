#include <hourglass/autograd/activation.h>
#include <hourglass/autograd/elementwise.h>
#include <hourglass/autograd/loss.h>
#include <hourglass/autograd/reduce.h>

namespace hourglass {

namespace {

double one_over(const Variable& x) { return 1.0 / static_cast<double>(x.size()); }

}  // namespace

Variable mse(const Variable& p, const Variable& t) {
  return record("mean_squared_error", mse(p.value(), t.value()),
                {
                    {p, [p, t](const Variable& dy, const Variable&) { return mse_grad(dy, p, t); }},
                    {t, [p, t](const Variable& dy, const Variable&) { return mse_grad(dy, t, p); }},
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

Variable bce_with_logits(const Variable& x, const Variable& t) {
  const double scale = one_over(x);
  return record(
      "binary_crossentropy", bce_with_logits(x.value(), t.value()),
      {
          {x, [x, t](const Variable& dy, const Variable&) { return bce_with_logits_grad(dy, x, t); }},
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
