#include <hourglass/autograd/fast/normalize.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/normalize.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/tape.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/views.h>

namespace hourglass {

namespace {

using Optional = std::optional<Variable>;

constexpr ReduceOptions kKeep{.keepdims = true};

const Tensor* value_of(const Optional& v) { return v ? &v->value() : nullptr; }

// dx of x̂ = standardize(x), from dx̂; x̂ is not correlated with what all of dx̂ have in common.
Variable standardize_grad(const Variable& dy, const Variable& x, const Variable& y, const Axes& axes,
                          double epsilon) {
  const Variable r = rsqrt(var(x, axes, {.keepdims = true}) + epsilon);
  const Variable g = center(dy, axes);
  return r * (g - y * mean(g * y, axes, kKeep));
}

// Records y = γ x̂ + β with the moments of x itself.
Variable record_norm(const char* op, Tensor value, const Variable& x, const Optional& gamma,
                     const Optional& beta, const Axes& axes, double epsilon, FastPath fast) {
  const std::int64_t channels = x.shape(-1);
  std::vector<Input> inputs{{x, [x, gamma, axes, epsilon](const Variable& dy, const Variable&) {
                               const Variable g = gamma ? dy * *gamma : dy;
                               return standardize_grad(g, x, standardize(x, axes, epsilon), axes, epsilon);
                             }}};
  if (gamma) {
    inputs.push_back({*gamma, [x, axes, epsilon, channels](const Variable& dy, const Variable&) {
                        return sum_to(dy * standardize(x, axes, epsilon), {channels});
                      }});
  }
  if (beta) {
    inputs.push_back(
        {*beta, [channels](const Variable& dy, const Variable&) { return sum_to(dy, {channels}); }});
  }
  return record(op, std::move(value), inputs)
      .called_with(axes, epsilon, gamma.has_value())
      .with_fast(std::move(fast));
}

}  // namespace

Variable standardize(const Variable& x, const Axes& axes, double epsilon) {
  return record("standardize", standardize(x.value(), axes, epsilon),
                {{x,
                  [x, axes, epsilon](const Variable& dy, const Variable& y) {
                    return standardize_grad(dy, x, y, axes, epsilon);
                  }}})
      .called_with(axes, epsilon);
}

BatchNorm batch_norm_with_moments(const Variable& x, const Optional& gamma, const Optional& beta,
                                  NormOptions options) {
  const double epsilon = options.epsilon;
  expect_norm_parts("batch_norm", x.value(), 2, value_of(gamma), value_of(beta), epsilon);
  const Moments moments = channel_moments(x.value());
  Tensor y = batch_norm(x.value(), moments, value_of(gamma), value_of(beta), epsilon);
  return {record_norm("batch_norm", std::move(y), x, gamma, beta, all_but_last(x.rank()), epsilon,
                      fast::batch_norm(x, gamma, moments, epsilon)),
          moments};
}

Variable batch_norm(const Variable& x, const Optional& gamma, const Optional& beta, NormOptions options) {
  return batch_norm_with_moments(x, gamma, beta, options).y;
}

Variable batch_norm(const Variable& x, const Moments& moments, const Optional& gamma, const Optional& beta,
                    NormOptions options) {
  expect_norm_parts("batch_norm", x.value(), 2, value_of(gamma), value_of(beta), options.epsilon);
  const Shape channels{x.shape(-1)};
  Tensor y = batch_norm(x.value(), moments, value_of(gamma), value_of(beta), options.epsilon);
  const Tensor r = rsqrt(moments.variance.to(float64) + options.epsilon).to(x.dtype());
  std::vector<Input> inputs{
      {x, [gamma, r](const Variable& dy, const Variable&) { return gamma ? dy * (*gamma * r) : dy * r; }}};
  if (gamma) {
    inputs.push_back({*gamma, [x, moments, options, channels](const Variable& dy, const Variable&) {
                        return sum_to(dy * batch_norm(x, moments, {}, {}, options), channels);
                      }});
  }
  if (beta) {
    inputs.push_back(
        {*beta, [channels](const Variable& dy, const Variable&) { return sum_to(dy, channels); }});
  }
  return record("batch_norm", std::move(y), inputs).called_with(moments, options.epsilon, gamma.has_value());
}

Variable layer_norm(const Variable& x, const Optional& gamma, const Optional& beta, NormOptions options) {
  const double epsilon = options.epsilon;
  LayerNorm out = layer_norm(x.value(), value_of(gamma), value_of(beta), epsilon);
  return record_norm("layer_norm", std::move(out.y), x, gamma, beta, {-1}, epsilon,
                     fast::layer_norm(x, gamma, out.moments, epsilon));
}

}  // namespace hourglass
