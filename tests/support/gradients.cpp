#include "gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <cmath>

namespace hourglass::testing {

namespace {

using Values = std::vector<Tensor>;

std::vector<Variable> parameters_of(const Values& values) {
  std::vector<Variable> out;
  for (const Tensor& value : values) out.push_back(Variable::parameter(value.clone()));
  return out;
}

Tensor random_like(const Shape& shape, std::uint64_t seed, std::uint64_t stream) {
  Generator generator(seed, stream);
  return normal(shape, 0.0, 1.0, generator, float64);
}

// L(x) = Σ fn(x) · r.
Variable contracted(const Function& fn, const std::vector<Variable>& x, std::uint64_t seed) {
  const Variable y = fn(x);
  return sum(y * random_like(y.shape(), seed, 1000));
}

// M(x) = Σ_i Σ dL/dx_i · s_i.
Variable contracted_gradient(const Function& fn, const std::vector<Variable>& x, std::uint64_t seed) {
  const Variable loss = contracted(fn, x, seed);
  if (!loss.requires_grad()) return loss * 0.0;
  const std::vector<Variable> g = grad(std::span(&loss, 1), x, {.create_graph = true});
  Variable total = sum(g[0] * random_like(x[0].shape(), seed, 2000));
  for (std::size_t i = 1; i < x.size(); ++i)
    total = total + sum(g[i] * random_like(x[i].shape(), seed, 2000 + i));
  return total;
}

using Scalar = Variable (*)(const Function&, const std::vector<Variable>&, std::uint64_t);

// Fourth-order central difference of f along one element.
double difference(Scalar f, const Function& fn, const Values& at, std::size_t input, std::int64_t element,
                  const GradientCheck& check) {
  const double x = at[input].contiguous().data<double>()[element];
  const double h = check.step * std::max(1.0, std::abs(x));
  const auto value = [&](double offset) {
    Values moved;
    for (const Tensor& t : at) moved.push_back(t.clone());
    moved[input].mutable_data<double>()[element] += offset;
    return f(fn, parameters_of(moved), check.seed).item();
  };
  return (8.0 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12.0 * h);
}

::testing::AssertionResult compare(Scalar f, const char* order, const char* expression, const Function& fn,
                                   const Values& inputs, const GradientCheck& check) {
  const std::vector<Variable> x = parameters_of(inputs);
  const Variable scalar = f(fn, x, check.seed);
  std::vector<Variable> gradients;
  if (scalar.requires_grad()) {
    gradients = grad(std::span(&scalar, 1), x);
  } else {
    for (const Variable& v : x) gradients.emplace_back(v.value() * 0.0);
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Tensor g = gradients[i].value().contiguous();
    const double largest = g.size() == 0 ? 0.0 : max(abs(g)).item();
    const double allowed = check.tolerance * std::max(1.0, largest);
    for (std::int64_t e = 0; e < g.size(); ++e) {
      const double analytic = g.data<double>()[e];
      const double numeric = difference(f, fn, inputs, i, e, check);
      if (std::abs(analytic - numeric) <= allowed) continue;
      return ::testing::AssertionFailure()
             << expression << ": " << order << " gradient of input " << i << " " << inputs[i].shape().str()
             << " at element " << e << " is " << analytic << ", central differences give " << numeric
             << " (allowed " << allowed << ", seed " << check.seed << ")";
    }
  }
  return ::testing::AssertionSuccess();
}

}  // namespace

::testing::AssertionResult gradients_are_right(const char* expression, const Function& fn,
                                               std::vector<Tensor> inputs, GradientCheck check) {
  const std::int64_t alive = Node::live_ops();
  for (Tensor& t : inputs) t = t.to(float64);
  auto result = compare(contracted, "first-order", expression, fn, inputs, check);
  if (result && check.second_order)
    result = compare(contracted_gradient, "second-order", expression, fn, inputs, check);
  if (result && Node::live_ops() != alive) {
    return ::testing::AssertionFailure()
           << expression << ": " << Node::live_ops() - alive << " graph nodes are still alive";
  }
  return result;
}

}  // namespace hourglass::testing
