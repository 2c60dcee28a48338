#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/views.h>

namespace hourglass {

namespace {

// Both operands brought to their common shape, so that no formula below has to undo a broadcast.
struct Pair {
  Pair(const char* op, const Variable& x, const Variable& y) : a(x), b(y) {
    detail::expect_same_type(op, a.value(), b.value());
    if (a.shape() == b.shape()) return;
    const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
    if (!(a.shape() == shape)) a = broadcast_to(a, shape);
    if (!(b.shape() == shape)) b = broadcast_to(b, shape);
  }
  Variable a, b;
};

// 1 where first, ½ where the operands tie, 0 elsewhere.
Variable share(const Tensor& first, const Tensor& tie, DType dtype) {
  return first.to(dtype) + 0.5 * tie.to(dtype);
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
                {{a,
                  [a, b](const Variable& dy, const Variable&) {
                    return dy * share(a.value() > b.value(), a.value() == b.value(), a.dtype());
                  }},
                 {b, [a, b](const Variable& dy, const Variable&) {
                    return dy * share(a.value() < b.value(), a.value() == b.value(), a.dtype());
                  }}});
}

Variable minimum(const Variable& a, const Variable& b) { return neg(maximum(neg(a), neg(b))); }

Variable pow(const Variable& x1, const Variable& x2) {
  const Pair pair("pow", x1, x2);
  const Variable &a = pair.a, &b = pair.b;
  return record("pow", pow(a.value(), b.value()),
                {{a, [a, b](const Variable& dy, const Variable&) { return dy * b * pow(a, b - 1.0); }},
                 {b, [a](const Variable& dy, const Variable& y) {
                    const Tensor zero = a.value() == 0.0;  // y log a -> 0 there
                    return where(zero, multiply(dy, 0.0),
                                 dy * y * log(where(zero, Variable(add(multiply(a.value(), 0.0), 1.0)), a)));
                  }}});
}

Variable add(const Variable& a, double b) {
  return record("add", add(a.value(), b), {{a, [](const Variable& dy, const Variable&) { return dy; }}});
}

Variable subtract(const Variable& a, double b) {
  return record("subtract", subtract(a.value(), b),
                {{a, [](const Variable& dy, const Variable&) { return dy; }}});
}

Variable subtract(double a, const Variable& b) {
  return record("subtract", subtract(a, b.value()),
                {{b, [](const Variable& dy, const Variable&) { return -dy; }}});
}

Variable multiply(const Variable& a, double b) {
  return record("multiply", multiply(a.value(), b),
                {{a, [b](const Variable& dy, const Variable&) { return dy * b; }}});
}

Variable divide(const Variable& a, double b) {
  return record("divide", divide(a.value(), b),
                {{a, [b](const Variable& dy, const Variable&) { return dy / b; }}});
}

Variable divide(double a, const Variable& b) {
  return record("divide", divide(a, b.value()),
                {{b, [b](const Variable& dy, const Variable& y) { return -(dy * y / b); }}});
}

Variable maximum(const Variable& a, double b) {
  return record("maximum", maximum(a.value(), b), {{a, [a, b](const Variable& dy, const Variable&) {
                                                      return dy *
                                                             share(a.value() > b, a.value() == b, a.dtype());
                                                    }}});
}

Variable minimum(const Variable& a, double b) {
  return record("minimum", minimum(a.value(), b), {{a, [a, b](const Variable& dy, const Variable&) {
                                                      return dy *
                                                             share(a.value() < b, a.value() == b, a.dtype());
                                                    }}});
}

Variable pow(const Variable& a, double b) {
  return record("pow", pow(a.value(), b), {{a, [a, b](const Variable& dy, const Variable&) {
                                              return b == 0 ? multiply(dy, 0.0) : dy * (b * pow(a, b - 1));
                                            }}});
}

}  // namespace hourglass
