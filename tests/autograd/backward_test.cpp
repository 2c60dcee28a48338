#include "support/expect_error.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/graph.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace hourglass {
namespace {

Variable parameter(double value) { return Variable::parameter(full({}, value, float64)); }

TEST(Backward, AccumulatesInLeaves) {
  Variable x = parameter(3.0);
  backward(square(x) + 2.0 * x);
  EXPECT_EQ(x.gradient()->item(), 8.0);
  backward(x * x * x);
  EXPECT_EQ(x.gradient()->item(), 35.0);
  x.clear_gradient();
  EXPECT_FALSE(x.gradient());
}

TEST(Backward, AddsUpWhereAValueIsUsedTwice) {
  Variable x = parameter(2.0);
  const Variable y = square(x);
  backward(y * y + y);  // d(x⁴ + x²) = 4x³ + 2x
  EXPECT_EQ(x.gradient()->item(), 36.0);
}

TEST(Backward, GradientsOfAnyOrder) {
  const Variable x = parameter(1.5);
  Variable g = pow(x, 5.0);
  for (int order = 0; order < 4; ++order) g = grad(g, x, {.create_graph = true});
  EXPECT_NEAR(g.item(), 120.0 * 1.5, 1e-10);  // d⁴ x⁵ = 120 x
}

TEST(Backward, ChainOf300000OpsRunsAndIsFreed) {
  const std::int64_t before = Node::live_ops();
  Variable x = parameter(0.5);
  {
    Variable y = x;
    for (int i = 0; i < 300'000; ++i) y = y + 1e-6;
    EXPECT_EQ(Node::live_ops() - before, 300'000);
    backward(y);
  }
  EXPECT_EQ(x.gradient()->item(), 1.0);
  EXPECT_EQ(Node::live_ops(), before);
  {
    Variable y = x;
    for (int i = 0; i < 300'000; ++i) y = y * 1.0;
  }  // freed without having run backward
  EXPECT_EQ(Node::live_ops(), before);
}

TEST(Backward, ConstantsKeepNoClosureAndCostNoGradient) {
  const Variable frozen = full({2, 2}, 1.0);
  Variable w = Variable::parameter(full({2, 2}, 2.0));
  const Variable y = matmul(frozen, w);
  EXPECT_EQ(y.node()->edges.size(), 1U);
  EXPECT_FALSE(matmul(frozen, frozen).requires_grad());
  w.set_requires_grad(false);
  EXPECT_FALSE(matmul(frozen, w).requires_grad());
  EXPECT_EQ(matmul(frozen, w).node()->edges.size(), 0U);
}

TEST(Backward, ReleasesTheInputsOfDroppedEdges) {
  const Variable w = Variable::parameter(full({2, 2}, 2.0));
  Variable x = full({2, 2}, 1.0);
  const Variable y = add(x, w);  // neither formula needs x
  EXPECT_EQ(x.node()->references.load(), 1);
}

TEST(Backward, RecordsNothingUnderNoGrad) {
  const Variable w = parameter(2.0);
  EXPECT_FALSE(no_grad([&] { return square(w); }).requires_grad());
  EXPECT_TRUE(square(w).requires_grad());
  EXPECT_FALSE(square(w).detach().requires_grad());
}

TEST(Backward, RecordsAgainWithinNoGrad) {
  const Variable w = parameter(2.0);
  no_grad([&] {
    EXPECT_EQ(enable_grad([&] { return grad(square(w), w); }).item(), 4.0);
    EXPECT_FALSE(square(w).requires_grad());
    const EnableGrad guard;
    EXPECT_TRUE(is_recording());
    EXPECT_FALSE(no_grad([] { return is_recording(); }));
  });
  EXPECT_TRUE(is_recording());
}

TEST(Backward, UseOfAFreedGraphThrows) {
  const Variable x = parameter(2.0);
  const Variable y = square(x);
  backward(y);
  EXPECT_THROW_TEXT(backward(y), GradientError, "freed by an earlier backward; pass {.retain_graph = true}");
  EXPECT_THROW_TEXT(backward(y * 2.0), GradientError, "freed by an earlier backward");
  const Variable z = square(x);
  backward(z, {.retain_graph = true});
  EXPECT_NO_THROW(backward(z));
}

TEST(Backward, UseOfAValueChangedAfterRecordingThrows) {
  Variable x = Variable::parameter(full({3}, 2.0));
  const Variable y = sum(square(x));
  x.mutable_value().fill(5.0);
  EXPECT_THROW_TEXT(backward(y), GradientError,
                    "square: a value of shape (3,) that its gradient needs was changed in place");
  EXPECT_FALSE(x.gradient());
  const Variable replaced = sum(square(x));
  x.set_value(full({3}, 1.0));
  EXPECT_NO_THROW((void)replaced.item());

  Tensor batch = full({3}, 1.0);
  const Variable z = sum(x * batch);
  batch.mutable_data<float>()[1] = 9.0F;
  EXPECT_THROW_TEXT(backward(z), GradientError, "multiply: a value of shape (3,)");

  const Variable unaffected = sum(x + batch);  // no formula reads a value
  batch.fill(0.0);
  EXPECT_NO_THROW(backward(unaffected));
}

TEST(Backward, SaysWhatIsMissing) {
  const Variable x = Variable::parameter(full({3}, 2.0));
  EXPECT_THROW_TEXT(backward(square(x)), GradientError,
                    "the output has shape (3,), not one element; reduce it");
  EXPECT_THROW_TEXT(backward(Variable(full({}, 1.0))), GradientError, "depends on no parameter");
  EXPECT_THROW_TEXT(backward(square(x), Variable(full({2}, 1.0))), GradientError,
                    "the output has shape (3,) (float32), but its gradient (2,)");
  EXPECT_THROW_TEXT((void)grad(sum(x), Variable(full({3}, 1.0))), GradientError,
                    "an input of shape (3,) is a constant");
  const Variable constant = full({}, 1.0), outside = no_grad([&] { return sum(x); });
  for (const Variable& output : {constant, outside})
    EXPECT_THROW_TEXT((void)grad(output, x), GradientError,
                      "grad: the output of shape () depends on no parameter");
  EXPECT_THROW_TEXT((void)grad({sum(x), constant}, {x}), GradientError, "depends on no parameter");
  EXPECT_THROW_TEXT(Variable::parameter(zeros({2}, int64)), DTypeError, "needs float32 or float64");
}

TEST(Backward, NamesTheOpWhoseFormulaGivesAWrongShape) {
  const Variable x = Variable::parameter(full({3}, 2.0));
  const Variable y =
      record("wrong", sum(x.value()), {{x, [](const Variable& dy, const Variable&) { return dy; }}});
  EXPECT_THROW_TEXT(
      backward(y), GradientError,
      "wrong: its formula for input 0 gave a gradient of shape () (float32), but the input has shape (3,)");
}

TEST(Grad, ReachesValuesInBetweenAndAccumulatesNothing) {
  const Variable x = parameter(2.0), other = parameter(1.0);
  const Variable y = square(x), z = y * y * other;
  EXPECT_EQ(grad(z, y, {.retain_graph = true}).item(), 8.0);
  EXPECT_EQ(grad(z, x).item(), 32.0);
  EXPECT_FALSE(x.gradient());
  EXPECT_FALSE(other.gradient());
  EXPECT_EQ(grad(square(x), other).item(), 0.0);
}

// A fused layer may compute its gradient in the memory of the one that it gets, but only if that is nobody's.
TEST(Grad, LeavesGradientsAloneThatOthersHold) {
  const Variable x = Variable::parameter(ones({2, 3}, float64)),
                 w = Variable::parameter(full({3, 2}, 0.5, float64));
  for (const Epilogue f : {Epilogue::relu, Epilogue::sigmoid, Epilogue::tanh}) {
    const Tensor numbers = full({2, 2}, 4.0, float64);
    const Variable seed(numbers), y = affine(x, w, std::nullopt, f);
    backward(y, seed, {.retain_graph = true});
    EXPECT_EQ(min(numbers).item(), 4.0);
    const Variable of_y = grad(sum(square(y)), y, {.retain_graph = true});
    EXPECT_EQ(max(abs(of_y.value() - 2.0 * y.value())).item(), 0.0);
    const std::vector<Variable> both = grad({sum(square(y))}, {y, x});
    EXPECT_EQ(max(abs(both[0].value() - 2.0 * y.value())).item(), 0.0);
    EXPECT_GT(min(abs(both[1].value())).item(), 0.0);
  }
}

TEST(Grad, TakesSeveralOutputsWithTheirGradients) {
  const Variable x = parameter(3.0);
  const std::vector<Variable> g = grad(
      {square(x), x * 2.0}, {x}, {.output_gradients = {full({}, 10.0, float64), full({}, 1.0, float64)}});
  EXPECT_EQ(g[0].item(), 62.0);
}

TEST(Trace, NamesTheOpThatMadeTheFirstNan) {
  const Trace trace;
  const Variable x = Variable::parameter(full({2}, -1.0));
  EXPECT_THROW_TEXT((void)exp(log(x)), GradientError, "log: made the first nan or infinity");
  const Variable zero = Variable::parameter(full({2}, 0.0));
  EXPECT_THROW_TEXT(backward(sum(sqrt(zero))), GradientError,
                    "divide, computing the gradient of sqrt: made the first nan or infinity");
  const Variable bad = full({2}, std::numeric_limits<double>::quiet_NaN());
  EXPECT_THROW_TEXT((void)(x + bad), GradientError,
                    "add: input 1 of shape (2,) holds a nan or infinity already");
}

TEST(Graph, DrawsOpsAndParameters) {
  const Variable w = Variable::parameter(full({2, 3}, 1.0));
  const std::string dot = to_dot(sum(relu(w)));
  EXPECT_THAT(dot, ::testing::StartsWith("digraph"));
  for (const char* text : {"label=\"sum\\n()\"", "label=\"relu\\n(2, 3)\"", "label=\"parameter\\n(2, 3)\"",
                           "n1 -> n0", "n2 -> n1"}) {
    EXPECT_THAT(dot, ::testing::HasSubstr(text));
  }
}

}  // namespace
}  // namespace hourglass
