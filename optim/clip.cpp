#include <hourglass/optim/clip.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/reduce.h>

#include <cmath>

namespace hourglass::optim {

namespace {

void expect_positive(const char* what, const std::optional<double>& limit) {
  if (limit && !(*limit > 0.0))
    throw DataError("{}: must be positive, got {}; leave it out for no limit", what, *limit);
}

// Replaces each gradient by f(gradient); the old one may be shared with others.
template <class F>
void replace_gradients(std::span<const NamedParameter> parameters, F f) {
  for (const NamedParameter& p : parameters) {
    Variable variable = p.variable;
    if (const auto g = variable.gradient()) variable.set_gradient(Variable(f(g->value())));
  }
}

}  // namespace

void expect_limits(const Clipping& clipping) {
  expect_positive("clipvalue", clipping.clipvalue);
  expect_positive("clipnorm", clipping.clipnorm);
  expect_positive("global_clipnorm", clipping.global_clipnorm);
}

void clip(std::span<const NamedParameter> parameters, const Clipping& clipping) {
  if (clipping.clipvalue) clip_by_value(parameters, *clipping.clipvalue);
  if (clipping.clipnorm) clip_by_norm(parameters, *clipping.clipnorm);
  if (clipping.global_clipnorm) clip_by_global_norm(parameters, *clipping.global_clipnorm);
}

double global_norm(std::span<const NamedParameter> parameters) {
  double squares = 0.0;
  for (const NamedParameter& p : parameters) {
    if (const auto g = p.variable.gradient()) {
      const double n = norm(g->value()).item();
      squares += n * n;
    }
  }
  return std::sqrt(squares);
}

double clip_by_global_norm(std::span<const NamedParameter> parameters, double limit) {
  expect_positive("clip_by_global_norm", limit);
  const double n = global_norm(parameters);
  if (n > limit && std::isfinite(n))
    replace_gradients(parameters, [&](const Tensor& g) { return g * (limit / n); });
  return n;
}

void clip_by_norm(std::span<const NamedParameter> parameters, double limit) {
  expect_positive("clip_by_norm", limit);
  replace_gradients(parameters, [&](const Tensor& g) {
    const double n = norm(g).item();
    return n > limit ? g * (limit / n) : g;
  });
}

void clip_by_value(std::span<const NamedParameter> parameters, double limit) {
  expect_positive("clip_by_value", limit);
  replace_gradients(parameters, [&](const Tensor& g) { return hourglass::clip(g, -limit, limit); });
}

}  // namespace hourglass::optim
