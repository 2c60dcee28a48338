#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/tape.h>

namespace hourglass {

Variable sigmoid(const Variable& x) {
  return record("sigmoid", sigmoid(x.value()),
                {{x, [](const Variable& dy, const Variable& y) { return sigmoid_grad(dy, y); }}});
}

Variable relu(const Variable& x) {
  return record("relu", relu(x.value()),
                {{x, [](const Variable& dy, const Variable& y) { return relu_grad(dy, y); }}});
}

Variable leaky_relu(const Variable& x, double alpha) {
  return record("leaky_relu", leaky_relu(x.value(), alpha),
                {{x, [x, alpha](const Variable& dy,
                                const Variable&) { return where(x.value() > 0.0, dy, dy * alpha); }}})
      .called_with(alpha);
}

Variable elu(const Variable& x, double alpha) {
  return record("elu", elu(x.value(), alpha),
                {{x,
                  [x, alpha](const Variable& dy, const Variable&) {
                    return where(x.value() > 0.0, dy, dy * (alpha * exp(minimum(x, 0.0))));
                  }}})
      .called_with(alpha);
}

Variable selu(const Variable& x) {
  return record("selu", selu(x.value()),
                {{x, [x](const Variable& dy, const Variable&) {
                    return kSeluScale * where(x.value() > 0.0, dy, dy * (kSeluAlpha * exp(minimum(x, 0.0))));
                  }}});
}

Variable normal_cdf(const Variable& x) {
  return record("normal_cdf", normal_cdf(x.value()),
                {{x, [x](const Variable& dy, const Variable&) { return dy * normal_pdf(x); }}});
}

Variable normal_pdf(const Variable& x) {
  return record("normal_pdf", normal_pdf(x.value()),
                {{x, [x](const Variable& dy, const Variable& y) { return -(dy * x * y); }}});
}

Variable gelu(const Variable& x) {
  return record(
      "gelu", gelu(x.value()),
      {{x, [x](const Variable& dy, const Variable&) { return dy * (normal_cdf(x) + x * normal_pdf(x)); }}});
}

Variable silu(const Variable& x) {
  return record("silu", silu(x.value()), {{x, [x](const Variable& dy, const Variable&) {
                                             const Variable s = sigmoid(x);
                                             return dy * (s * (1.0 + x * (1.0 - s)));
                                           }}});
}

Variable softplus(const Variable& x) {
  return record("softplus", softplus(x.value()),
                {{x, [x](const Variable& dy, const Variable&) { return dy * sigmoid(x); }}});
}

Variable relu_grad(const Variable& dy, const Variable& y) {
  return record("relu_grad", relu_grad(dy.value(), y.value()),
                {{dy, [y](const Variable& g, const Variable&) { return relu_grad(g, y); }},
                 {y, [](const Variable& g, const Variable&) { return no_gradient(g); }}});
}

Variable sigmoid_grad(const Variable& dy, const Variable& y) {
  return record("sigmoid_grad", sigmoid_grad(dy.value(), y.value()),
                {{dy, [y](const Variable& g, const Variable&) { return sigmoid_grad(g, y); }},
                 {y, [dy, y](const Variable& g, const Variable&) { return g * dy * (1.0 - 2.0 * y); }}});
}

Variable tanh_grad(const Variable& dy, const Variable& y) {
  return record("tanh_grad", tanh_grad(dy.value(), y.value()),
                {{dy, [y](const Variable& g, const Variable&) { return tanh_grad(g, y); }},
                 {y, [dy, y](const Variable& g, const Variable&) { return g * dy * (-2.0 * y); }}});
}

}  // namespace hourglass
