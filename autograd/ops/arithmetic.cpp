#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/internal/pair.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass {

using detail::Pair;

namespace {

// dy where the operand is the chosen one, ½ dy where both tie.
Variable share(const Variable& dy, const Tensor& chosen, const Tensor& tie) {
  return where(chosen, dy, where(tie, dy * 0.5, no_gradient(dy)));
}

}  // namespace

Variable add(const Variable& x1, const Variable& x2) {
  const Pair pair("add", x1, x2);
  const Variable &a = pair.a, &b = pair.b;
  return record("add", add(a.value(), b.value()),
                {{a, [](const Variable& dy, const Variable&) { return dy; }},
                 {b, [](const Variable& dy, const Variable&) { return dy; }}});
}

Variable subtract(const Variable& x1, const Variable& x2) {
  const Pair pair("subtract", x1, x2);
  const Variable &a = pair.a, &b = pair.b;
  return record("subtract", subtract(a.value(), b.value()),
                {{a, [](const Variable& dy, const Variable&) { return dy; }},
                 {b, [](const Variable& dy, const Variable&) { return -dy; }}});
}

Variable multiply(const Variable& x1, const Variable& x2) {
  const Pair pair("multiply", x1, x2);
  const Variable &a = pair.a, &b = pair.b;
  return record("multiply", multiply(a.value(), b.value()),
                {{a, [b](const Variable& dy, const Variable&) { return dy * b; }},
                 {b, [a](const Variable& dy, const Variable&) { return dy * a; }}});
}

Variable divide(const Variable& x1, const Variable& x2) {
  const Pair pair("divide", x1, x2);
  const Variable &a = pair.a, &b = pair.b;
  return record("divide", divide(a.value(), b.value()),
                {{a, [b](const Variable& dy, const Variable&) { return dy / b; }},
                 {b, [b](const Variable& dy, const Variable& y) { return -(dy * y / b); }}});
}

Variable maximum(const Variable& x1, const Variable& x2) {
  const Pair pair("maximum", x1, x2);
  const Variable &a = pair.a, &b = pair.b;
  return record("maximum", maximum(a.value(), b.value()),
                {{a, [a, b](const Variable& dy, const Variable&) { return share(dy, a > b, a == b); }},
                 {b, [a, b](const Variable& dy, const Variable&) { return share(dy, a < b, a == b); }}});
}

Variable minimum(const Variable& x1, const Variable& x2) {
  const Pair pair("minimum", x1, x2);
  const Variable &a = pair.a, &b = pair.b;
  return record("minimum", minimum(a.value(), b.value()),
                {{a, [a, b](const Variable& dy, const Variable&) { return share(dy, a < b, a == b); }},
                 {b, [a, b](const Variable& dy, const Variable&) { return share(dy, a > b, a == b); }}});
}

// Where a factor is 0 beside one that is infinite or nan, the gradients are 0, as in PyTorch. There the other
// operand is replaced by 1, so that gradients of gradients are not nan either.

Variable pow(const Variable& x1, const Variable& x2) {
  const Pair pair("pow", x1, x2);
  const Variable &a = pair.a, &b = pair.b;
  const auto of_a = [a, b](const Variable& dy, const Variable&) {
    const Tensor inverse = 1.0 / a.value(), bad = (b == 0.0) * (inverse * 0.0 != 0.0);  // b aᵇ⁻¹ is 0 · inf
    const Variable base = where(bad, ones_like(a.value()), a);
    return where(bad, no_gradient(dy), dy * b * pow(base, b - 1.0));
  };
  const auto of_b = [a, b](const Variable& dy, const Variable& y) {
    const Tensor bad = (a == 0.0) * (b >= 0.0);  // y log a -> 0 there
    const Variable base = where(bad, ones_like(a.value()), a);
    return where(bad, no_gradient(dy), dy * y * log(base));
  };
  return record("pow", pow(a.value(), b.value()), {{a, of_a}, {b, of_b}});
}

Variable add(const Variable& a, double b) {
  return record("add", add(a.value(), b), {{a, [](const Variable& dy, const Variable&) { return dy; }}})
      .called_with(b);
}

Variable subtract(const Variable& a, double b) {
  return record("subtract", subtract(a.value(), b),
                {{a, [](const Variable& dy, const Variable&) { return dy; }}})
      .called_with(b);
}

Variable subtract(double a, const Variable& b) {
  return record("subtract", subtract(a, b.value()),
                {{b, [](const Variable& dy, const Variable&) { return -dy; }}})
      .called_with(FirstOperand{a});
}

Variable multiply(const Variable& a, double b) {
  return record("multiply", multiply(a.value(), b),
                {{a, [b](const Variable& dy, const Variable&) { return dy * b; }}})
      .called_with(b);
}

Variable divide(const Variable& a, double b) {
  return record("divide", divide(a.value(), b),
                {{a, [b](const Variable& dy, const Variable&) { return dy / b; }}})
      .called_with(b);
}

Variable divide(double a, const Variable& b) {
  return record("divide", divide(a, b.value()),
                {{b, [b](const Variable& dy, const Variable& y) { return -(dy * y / b); }}})
      .called_with(FirstOperand{a});
}

Variable maximum(const Variable& a, double b) {
  return record("maximum", maximum(a.value(), b),
                {{a, [a, b](const Variable& dy, const Variable&) { return share(dy, a > b, a == b); }}})
      .called_with(b);
}

Variable minimum(const Variable& a, double b) {
  return record("minimum", minimum(a.value(), b),
                {{a, [a, b](const Variable& dy, const Variable&) { return share(dy, a < b, a == b); }}})
      .called_with(b);
}

Variable pow(const Variable& a, double b) {
  return record(
             "pow", pow(a.value(), b),
             {{a, [a, b](const Variable& dy,
                         const Variable&) { return b == 0 ? no_gradient(dy) : dy * (b * pow(a, b - 1)); }}})
      .called_with(b);
}

}  // namespace hourglass
