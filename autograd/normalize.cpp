#include <hourglass/autograd/elementwise.h>
#include <hourglass/autograd/normalize.h>
#include <hourglass/autograd/reduce.h>
#include <hourglass/tensor/error.h>

namespace hourglass {

namespace {

Variable scale_and_shift(const char* op, Variable y, const std::optional<Variable>& gamma,
                         const std::optional<Variable>& beta) {
  for (const auto* v : {&gamma, &beta}) {
    if (*v && (*v)->shape() != Shape{y.shape(-1)}) {
      throw ShapeError("{}: gamma and beta must have shape {} for an input of shape {}, got {}", op,
                       Shape{y.shape(-1)}, y.shape(), (*v)->shape());
    }
  }
  if (gamma) y = y * *gamma;
  return beta ? y + *beta : y;
}

void expect_features(const char* op, const Variable& x, int least) {
  if (x.rank() < least) {
    throw ShapeError("{}: needs {} axes or more, the last of them channels, got shape {}", op, least,
                     x.shape());
  }
}

}  // namespace

Variable standardize(const Variable& x, const Axes& axes, double epsilon) {
  return record("standardize", standardize(x.value(), axes, epsilon),
                {{x, [x, axes, epsilon](const Variable& dy, const Variable& y) {
                    const ReduceOptions keep{.keepdims = true};
                    const Variable r = rsqrt(var(x, axes, {.keepdims = true}) + epsilon);
                    return r * (dy - mean(dy, axes, keep) - y * mean(dy * y, axes, keep));
                  }}});
}

Variable batch_norm(const Variable& x, const std::optional<Variable>& gamma,
                    const std::optional<Variable>& beta, NormOptions options) {
  expect_features("batch_norm", x, 2);
  return scale_and_shift("batch_norm", standardize(x, all_but_last(x.rank()), options.epsilon), gamma, beta);
}

Variable layer_norm(const Variable& x, const std::optional<Variable>& gamma,
                    const std::optional<Variable>& beta, NormOptions options) {
  expect_features("layer_norm", x, 1);
  return scale_and_shift("layer_norm", standardize(x, {-1}, options.epsilon), gamma, beta);
}

}  // namespace hourglass
