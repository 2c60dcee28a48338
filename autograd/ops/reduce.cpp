#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>

namespace hourglass {

namespace {

// The shape that the result has with the reduced axes kept.
Shape kept_shape(const Variable& x, const Axes& axes) {
  Shape shape = x.shape();
  if (axes.list.empty()) {
    for (int i = 0; i < shape.rank(); ++i) shape = shape.with(i, 1);
  }
  for (const int axis : axes.list) shape = shape.with(axis, 1);
  return shape;
}

// A reduced value (or its gradient) spread over the axes that it was reduced by.
Variable spread(const Variable& reduced, const Shape& kept, const Shape& full) {
  return broadcast_to(reshape(reduced, kept), full);
}

double count(const Variable& x, const Shape& kept) {
  return kept.size() == 0 ? 0.0 : static_cast<double>(x.size()) / static_cast<double>(kept.size());
}

// y with 1 in place of 0: a divisor below differences that are all 0 themselves.
Variable not_zero(const Variable& y) {
  const Tensor& value = y.value();
  return where(value == 0.0, Variable(ones_like(value)), y);
}

// For max and min: the gradient goes to the elements that are equal to the result, in equal shares.
Formula shared_among_best(const Variable& x, const Shape& kept) {
  return [x, kept](const Variable& dy, const Variable& y) {
    const Tensor top = broadcast_to(reshape(y.value(), kept), x.shape());
    const Tensor best = (x.value() == top).to(x.dtype());
    Axes reduced;
    for (int i = 0; i < kept.rank(); ++i) {
      if (kept[i] == 1) reduced.list.push_back(i);
    }
    const Tensor shares = reduced.list.empty() ? best : best / sum(best, reduced, {.keepdims = true});
    return spread(dy, kept, x.shape()) * shares;
  };
}

}  // namespace

Variable sum(const Variable& x, const Axes& axes, ReduceOptions options) {
  Tensor total = sum(x.value(), axes, options);
  return record("sum", std::move(total),
                {{x, [kept = kept_shape(x, axes), full = x.shape()](
                         const Variable& dy, const Variable&) { return spread(dy, kept, full); }}})
      .called_with(axes, options.keepdims);
}

Variable mean(const Variable& x, const Axes& axes, ReduceOptions options) {
  Tensor y = mean(x.value(), axes, options);
  const Shape kept = kept_shape(x, axes);
  return record("mean", std::move(y),
                {{x, [kept, full = x.shape(), n = count(x, kept)](
                         const Variable& dy, const Variable&) { return spread(dy / n, kept, full); }}})
      .called_with(axes, options.keepdims);
}

Variable var(const Variable& x, const Axes& axes, VarOptions options) {
  Tensor y = var(x.value(), axes, options);
  const Shape kept = kept_shape(x, axes);
  const double divisor = std::max(count(x, kept) - static_cast<double>(options.ddof), 0.0);
  return record("var", std::move(y),
                {{x,
                  [x, axes, kept, divisor](const Variable& dy, const Variable&) {
                    return spread(dy * (2.0 / divisor), kept, x.shape()) * center(x, axes);
                  }}})
      .called_with(axes, options);
}

Variable std(const Variable& x, const Axes& axes, VarOptions options) {
  Tensor y = std(x.value(), axes, options);
  const Shape kept = kept_shape(x, axes);
  const double divisor = std::max(count(x, kept) - static_cast<double>(options.ddof), 0.0);
  return record("std", std::move(y),
                {{x,
                  [x, axes, kept, divisor](const Variable& dy, const Variable& s) {
                    return spread(dy / (not_zero(s) * divisor), kept, x.shape()) * center(x, axes);
                  }}})
      .called_with(axes, options);
}

Variable center(const Variable& x, const Axes& axes) {
  return record("center", center(x.value(), axes),
                {{x, [axes](const Variable& dy, const Variable&) { return center(dy, axes); }}})
      .called_with(axes);
}

Variable max(const Variable& x, const Axes& axes, ReduceOptions options) {
  Tensor y = max(x.value(), axes, options);
  return record("max", std::move(y), {{x, shared_among_best(x, kept_shape(x, axes))}})
      .called_with(axes, options.keepdims);
}

Variable min(const Variable& x, const Axes& axes, ReduceOptions options) {
  Tensor y = min(x.value(), axes, options);
  return record("min", std::move(y), {{x, shared_among_best(x, kept_shape(x, axes))}})
      .called_with(axes, options.keepdims);
}

Variable norm(const Variable& x, const Axes& axes, ReduceOptions options) {
  Tensor total = norm(x.value(), axes, options);
  return record("norm", std::move(total),
                {{x,
                  [x, kept = kept_shape(x, axes)](const Variable& dy, const Variable& y) {
                    return spread(dy / not_zero(y), kept, x.shape()) * x;
                  }}})
      .called_with(axes, options.keepdims);
}

Variable logsumexp(const Variable& x, const Axes& axes, ReduceOptions options) {
  Tensor total = logsumexp(x.value(), axes, options);
  return record("logsumexp", std::move(total),
                {{x,
                  [x, kept = kept_shape(x, axes)](const Variable& dy, const Variable& y) {
                    return spread(dy, kept, x.shape()) * exp(x - spread(y, kept, x.shape()));
                  }}})
      .called_with(axes, options.keepdims);
}

Variable sum_to(const Variable& x, const Shape& shape) {
  return record(
      "sum_to", sum_to(x.value(), shape),
      {{x, [full = x.shape()](const Variable& dy, const Variable&) { return broadcast_to(dy, full); }}});
}

Variable cumsum(const Variable& x, int axis) {
  const std::vector<int> axes(x.rank() == 0 ? 0U : 1U, axis);  // a scalar has none
  return record("cumsum", cumsum(x.value(), axis),
                {{x, [axis, axes](const Variable& dy,
                                  const Variable&) { return flip(cumsum(flip(dy, axes), axis), axes); }}})
      .called_with(axis);
}

}  // namespace hourglass
