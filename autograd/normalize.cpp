#include <hourglass/autograd/elementwise.h>
#include <hourglass/autograd/normalize.h>
#include <hourglass/autograd/reduce.h>
#include <hourglass/autograd/views.h>
#include <hourglass/tensor/elementwise.h>
#include <hourglass/tensor/error.h>
#include <hourglass/tensor/views.h>

namespace hourglass {

namespace {

using Optional = std::optional<Variable>;

constexpr ReduceOptions kKeep{.keepdims = true};

const Tensor* value_of(const Optional& v) { return v ? &v->value() : nullptr; }

// dx of x̂ = standardize(x), from dx̂.
Variable standardize_grad(const Variable& dy, const Variable& x, const Variable& y, const Axes& axes,
                          double epsilon) {
  const Variable r = rsqrt(var(x, axes, {.keepdims = true}) + epsilon);
  return r * (dy - mean(dy, axes, kKeep) - y * mean(dy * y, axes, kKeep));
}

// The elements of a flat tensor from `begin` on. A copy: a view would keep dx alive as long as dγ.
Variable part(const Variable& all, std::int64_t begin, std::int64_t channels) {
  return slice(all.value(), 0, {begin, begin + channels}).clone();
}

// Records y with the fused gradients that `gradients(dy)` lays out as tensor/normalize.h says. Where they are
// recorded themselves they are formulas of variables instead.
template <class Gradients>
Variable record_norm(const char* op, Tensor value, const Variable& x, const Optional& gamma,
                     const Optional& beta, const Axes& axes, double epsilon, Gradients gradients) {
  const std::int64_t channels = x.shape(-1);
  const Formula before = [gradients](const Variable& dy, const Variable&) {
    return is_recording() ? dy : Variable(gradients(dy.value()));
  };
  const auto of_x = [x, gamma, axes, epsilon](const Variable& d, const Variable&) {
    if (!is_recording()) return Variable(reshape(slice(d.value(), 0, {0, x.size()}), x.shape()));
    const Variable g = gamma ? d * *gamma : d;
    return standardize_grad(g, x, standardize(x, axes, epsilon), axes, epsilon);
  };
  const auto of_gamma = [x, axes, epsilon, channels](const Variable& d, const Variable&) {
    if (!is_recording()) return part(d, d.size() - 2 * channels, channels);
    return sum_to(d * standardize(x, axes, epsilon), {channels});
  };
  const auto of_beta = [channels](const Variable& d, const Variable&) {
    if (!is_recording()) return part(d, d.size() - channels, channels);
    return sum_to(d, {channels});
  };
  std::vector<Input> inputs{{x, of_x}};
  if (gamma) inputs.push_back({*gamma, of_gamma});
  if (beta) inputs.push_back({*beta, of_beta});
  return record(op, std::move(value), inputs, before);
}

}  // namespace

Variable standardize(const Variable& x, const Axes& axes, double epsilon) {
  return record("standardize", standardize(x.value(), axes, epsilon),
                {{x, [x, axes, epsilon](const Variable& dy, const Variable& y) {
                    return standardize_grad(dy, x, y, axes, epsilon);
                  }}});
}

BatchNorm batch_norm_with_moments(const Variable& x, const Optional& gamma, const Optional& beta,
                                  NormOptions options) {
  const double epsilon = options.epsilon;
  expect_norm_parts("batch_norm", x.value(), 2, value_of(gamma), value_of(beta), epsilon);
  const Moments moments = channel_moments(x.value());
  Tensor y = batch_norm(x.value(), moments, value_of(gamma), value_of(beta), epsilon);
  const auto gradients = [x, gamma, moments, epsilon, with_dx = x.requires_grad()](const Tensor& dy) {
    return batch_norm_grad(dy, x.value(), moments, value_of(gamma), epsilon, with_dx);
  };
  return {record_norm("batch_norm", std::move(y), x, gamma, beta, all_but_last(x.rank()), epsilon, gradients),
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
  const Tensor mean = moments.mean.to(x.dtype()),
               r = rsqrt(moments.variance.to(float64) + options.epsilon).to(x.dtype());
  std::vector<Input> inputs{
      {x, [gamma, r](const Variable& dy, const Variable&) { return gamma ? dy * (*gamma * r) : dy * r; }}};
  if (gamma) {
    inputs.push_back({*gamma, [x, mean, r, channels](const Variable& dy, const Variable&) {
                        return sum_to(dy * ((x - mean) * r), channels);
                      }});
  }
  if (beta) {
    inputs.push_back(
        {*beta, [channels](const Variable& dy, const Variable&) { return sum_to(dy, channels); }});
  }
  return record("batch_norm", std::move(y), inputs);
}

Variable layer_norm(const Variable& x, const Optional& gamma, const Optional& beta, NormOptions options) {
  const double epsilon = options.epsilon;
  LayerNorm out = layer_norm(x.value(), value_of(gamma), value_of(beta), epsilon);
  const auto gradients = [x, gamma, moments = out.moments, epsilon](const Tensor& dy) {
    return layer_norm_grad(dy, x.value(), moments, value_of(gamma), epsilon);
  };
  return record_norm("layer_norm", std::move(out.y), x, gamma, beta, {-1}, epsilon, gradients);
}

}  // namespace hourglass
