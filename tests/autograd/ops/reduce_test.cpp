#include <gtest/gtest.h>
#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>

#include "support/expect_error.h"
#include "support/gradients.h"

namespace hourglass {
namespace {

using X = const std::vector<Variable>&;

// The gradient of Σ y for y = f(x).
template <class F>
Tensor gradient_of(F f, const Tensor& x) {
  const Variable leaf = Variable::parameter(x);
  backward(sum(f(leaf)));
  return leaf.gradient()->value();
}

TEST(Reductions, HaveGradientsOfScalarsAndEmptyTensors) {
  const Tensor scalar = full({}, 0.7, float64);
  EXPECT_GRADIENTS([](X x) { return sum(x[0]); }, scalar);
  EXPECT_GRADIENTS([](X x) { return mean(x[0]); }, scalar);
  EXPECT_GRADIENTS([](X x) { return max(x[0]); }, scalar);
  EXPECT_GRADIENTS([](X x) { return logsumexp(x[0]); }, scalar);
  EXPECT_GRADIENTS([](X x) { return norm(x[0]); }, scalar);
  EXPECT_GRADIENTS([](X x) { return softmax(x[0]); }, scalar);
  EXPECT_GRADIENTS([](X x) { return log_softmax(x[0]); }, scalar);
  EXPECT_GRADIENTS([](X x) { return cumsum(x[0], -1); }, scalar);
  const Tensor empty = zeros({0, 3}, float64);
  EXPECT_GRADIENTS([](X x) { return mean(x[0], 1); }, empty);
  EXPECT_GRADIENTS([](X x) { return max(x[0], 1); }, empty);
  EXPECT_GRADIENTS([](X x) { return logsumexp(x[0], 0); }, empty);
  EXPECT_GRADIENTS([](X x) { return softmax(x[0], 1); }, empty);
  EXPECT_GRADIENTS([](X x) { return cumsum(x[0], 0); }, empty);
}

TEST(Reductions, ShareTheGradientAmongTies) {
  const Tensor x = tensor({{2, 5, 5}, {1, 1, 1}}, float64);
  const Tensor top = gradient_of([](const Variable& v) { return max(v, 1); }, x);
  EXPECT_EQ(min(equal(top, tensor({{0, 0.5, 0.5}, {1.0 / 3, 1.0 / 3, 1.0 / 3}}, float64))).item(), 1.0);
  const Tensor bottom = gradient_of([](const Variable& v) { return min(v); }, x);
  EXPECT_EQ(min(equal(bottom, tensor({{0, 0, 0}, {1.0 / 3, 1.0 / 3, 1.0 / 3}}, float64))).item(), 1.0);
}

TEST(Reductions, HaveGradientZeroWhereTheRootIsZero) {
  const Tensor constant = full({2, 3}, 4, float64), zero = zeros({2, 3}, float64);
  EXPECT_EQ(norm(gradient_of([](const Variable& v) { return hourglass::std(v, 1); }, constant)).item(), 0.0);
  EXPECT_EQ(norm(gradient_of([](const Variable& v) { return norm(v, 1); }, zero)).item(), 0.0);
  EXPECT_GRADIENTS([](X x) { return hourglass::std(x[0], 1, {.ddof = 1}); },
                   tensor({{1, 2, 4}, {3, 1, 1}}, float64));
}

TEST(Reductions, OfVariablesNameTheOpInTheirErrors) {
  const Variable x = Variable::parameter(zeros({2, 3}));
  EXPECT_THROW_TEXT((void)sum(x, 2), IndexError, "sum: axis 2 is out of range for shape (2, 3)");
  EXPECT_THROW_TEXT((void)mean(x, 2), IndexError, "mean: axis 2 is out of range for shape (2, 3)");
  EXPECT_THROW_TEXT((void)max(x, 2), IndexError, "max: axis 2 is out of range for shape (2, 3)");
  EXPECT_THROW_TEXT((void)logsumexp(x, 2), IndexError, "logsumexp: axis 2 is out of range for shape (2, 3)");
  EXPECT_THROW_TEXT((void)softmax(x, 2), IndexError, "softmax: axis 2 is out of range for shape (2, 3)");
}

TEST(Argmax, OfAVariableIsATensor) {
  const Variable x = Variable::parameter(tensor({{2, 5}, {1, 0}}));
  const Tensor at = argmax(x, 1);
  EXPECT_EQ(at[0].item(), 1.0);
  EXPECT_EQ(argmin(x).item(), 3.0);
}

}  // namespace
}  // namespace hourglass
