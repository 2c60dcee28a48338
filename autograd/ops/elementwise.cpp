#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/ops/factory.h>

#include <numbers>

namespace hourglass {

Variable neg(const Variable& x) {
  return record("neg", neg(x.value()), {{x, [](const Variable& dy, const Variable&) { return -dy; }}});
}

Variable abs(const Variable& x) {
  return record("abs", abs(x.value()),
                {{x, [x](const Variable& dy, const Variable&) { return dy * sign(x.value()); }}});
}

namespace {

// Constant but for its jumps.
Variable steps(const char* op, const Variable& x, Tensor value) {
  return record(op, std::move(value),
                {{x, [](const Variable& dy, const Variable&) { return no_gradient(dy); }}});
}

}  // namespace

Variable sign(const Variable& x) { return steps("sign", x, sign(x.value())); }

Variable square(const Variable& x) {
  return record("square", square(x.value()),
                {{x, [x](const Variable& dy, const Variable&) { return dy * (2.0 * x); }}});
}

Variable clip(const Variable& x, double low, double high) {
  return record("clip", clip(x.value(), low, high),
                {{x,
                  [x, low, high](const Variable& dy, const Variable&) {
                    return where((x >= low) * (x <= high), dy, no_gradient(dy));
                  }}})
      .called_with(low, high);
}

Variable floor(const Variable& x) { return steps("floor", x, floor(x.value())); }
Variable ceil(const Variable& x) { return steps("ceil", x, ceil(x.value())); }
Variable round(const Variable& x) { return steps("round", x, round(x.value())); }

Variable exp(const Variable& x) {
  return record("exp", exp(x.value()), {{x, [](const Variable& dy, const Variable& y) { return dy * y; }}});
}

Variable expm1(const Variable& x) {
  return record("expm1", expm1(x.value()),
                {{x, [](const Variable& dy, const Variable& y) { return dy * (y + 1.0); }}});
}

Variable log(const Variable& x) {
  return record("log", log(x.value()), {{x, [x](const Variable& dy, const Variable&) { return dy / x; }}});
}

Variable log1p(const Variable& x) {
  return record("log1p", log1p(x.value()),
                {{x, [x](const Variable& dy, const Variable&) { return dy / (1.0 + x); }}});
}

Variable sqrt(const Variable& x) {
  return record("sqrt", sqrt(x.value()),
                {{x, [](const Variable& dy, const Variable& y) { return dy / (2.0 * y); }}});
}

Variable rsqrt(const Variable& x) {
  return record("rsqrt", rsqrt(x.value()),
                {{x, [](const Variable& dy, const Variable& y) { return dy * (-0.5 * (y * y * y)); }}});
}

Variable sin(const Variable& x) {
  return record("sin", sin(x.value()),
                {{x, [x](const Variable& dy, const Variable&) { return dy * cos(x); }}});
}

Variable cos(const Variable& x) {
  return record("cos", cos(x.value()),
                {{x, [x](const Variable& dy, const Variable&) { return -(dy * sin(x)); }}});
}

Variable tanh(const Variable& x) {
  return record("tanh", tanh(x.value()),
                {{x, [](const Variable& dy, const Variable& y) { return tanh_grad(dy, y); }}});
}

Variable erf(const Variable& x) {
  return record("erf", erf(x.value()), {{x, [x](const Variable& dy, const Variable&) {
                                           return dy * (2.0 * std::numbers::inv_sqrtpi * exp(-square(x)));
                                         }}});
}

}  // namespace hourglass
