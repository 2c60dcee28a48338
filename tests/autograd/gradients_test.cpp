// Every differentiable op, both orders, against central differences; and the checker against wrong gradients.

#include "support/op_table.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <gmock/gmock.h>

#include <cmath>

namespace hourglass {
namespace {

using testing::gradients_are_right;
using testing::op_table;
using X = const std::vector<Variable>&;

class EveryOp : public ::testing::TestWithParam<std::size_t> {};

TEST_P(EveryOp, HasRightGradientsOfBothOrders) {
  const testing::OpRow& row = op_table()[GetParam()];
  EXPECT_TRUE(gradients_are_right(row.name.c_str(), row.fn, inputs_of(row)));
}

// The same numbers with nan between them: a view whose neighbours are two apart.
Tensor spread_out(const Tensor& x) {
  const Tensor both = stack({x, full_like(x, std::nan(""))}, x.rank());
  return squeeze(slice(both, -1, {0, 1}), -1);
}

TEST_P(EveryOp, TakesViewsAsItTakesTheirCopies) {
  const testing::OpRow& row = op_table()[GetParam()];
  const auto results = [&](bool views) {
    std::vector<Variable> x;
    for (const Tensor& input : inputs_of(row))
      x.push_back(Variable::parameter(views ? spread_out(input) : input));
    const Variable y = row.fn(x), loss = sum(square(y));
    std::vector<Tensor> out{y.value()};
    for (const Variable& g : grad(std::span(&loss, 1), x)) out.push_back(g.value());
    return out;
  };
  const std::vector<Tensor> copies = results(false), views = results(true);
  for (std::size_t i = 0; i < copies.size(); ++i) {
    ASSERT_EQ(views[i].shape(), copies[i].shape());
    EXPECT_LE(max(abs(views[i] - copies[i])).item(), 1e-12 * std::max(1.0, max(abs(copies[i])).item())) << i;
  }
}

// Integers give a value or an error that begins with an op's name; nothing else.
TEST_P(EveryOp, TakesIntegersOrSaysThatItDoesNot) {
  const testing::OpRow& row = op_table()[GetParam()];
  for (const DType dtype : {int64, uint8}) {
    std::vector<Variable> x;
    for (const Tensor& input : inputs_of(row)) x.push_back(abs(input).to(dtype));
    try {
      (void)row.fn(x).value().str();
    } catch (const Error& error) {
      EXPECT_NE(error.message().find(": "), std::string::npos) << error.what();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Table, EveryOp, ::testing::Range<std::size_t>(0, op_table().size()),
                         [](const auto& info) { return op_table()[info.param].name; });

TEST(EveryOp, AcceptsEmptyScalarAndStridedInputs) {
  Generator g(3);
  EXPECT_GRADIENTS([](X x) { return tanh(x[0]) * x[0]; }, zeros({0, 3}, float64));
  EXPECT_GRADIENTS([](X x) { return tanh(x[0]) * x[0]; }, normal({}, 0, 1, g, float64));
  EXPECT_GRADIENTS([](X x) { return tanh(x[0]) * x[0]; }, normal({1}, 0, 1, g, float64));
  EXPECT_GRADIENTS([](X x) { return matmul(x[0], transpose(x[0])); },
                   transpose(normal({3, 2}, 0, 1, g, float64)));
  EXPECT_GRADIENTS([](X x) { return sum(x[0], 0); }, zeros({0, 3}, float64));
  EXPECT_GRADIENTS([](X x) { return matmul(x[0], x[1]); }, zeros({2, 0}, float64), zeros({0, 3}, float64));
}

// Ops with a mistake each. The checker must see it, and say where.
std::string verdict(const testing::Function& fn, std::vector<Tensor> inputs) {
  const auto result = gradients_are_right("wrong", fn, std::move(inputs));
  EXPECT_FALSE(result);
  return result.message();
}

Tensor example(const Shape& shape) {
  Generator g(7);
  return normal(shape, 0.0, 1.0, g, float64);
}

TEST(GradientChecker, CatchesAWrongFactor) {
  const auto wrong = [](X x) {
    return record("wrong", square(x[0].value()),
                  {{x[0], [v = x[0]](const Variable& dy, const Variable&) { return dy * v; }}});
  };
  EXPECT_THAT(verdict(wrong, {example({2, 3})}),
              ::testing::HasSubstr("first-order gradient of input 0 (2, 3) at element 0"));
}

TEST(GradientChecker, CatchesASlightlyWrongFactor) {
  const auto wrong = [](X x) {
    return record("wrong", exp(x[0].value()),
                  {{x[0], [](const Variable& dy, const Variable& y) { return dy * y * 1.00001; }}});
  };
  EXPECT_THAT(verdict(wrong, {example({4})}), ::testing::HasSubstr("first-order"));
}

TEST(GradientChecker, CatchesAMissingTerm) {
  const auto wrong = [](X x) {  // d(a + a b) without the 1
    return record("wrong", x[0].value() + x[0].value() * x[1].value(),
                  {{x[0], [b = x[1]](const Variable& dy, const Variable&) { return dy * b; }},
                   {x[1], [a = x[0]](const Variable& dy, const Variable&) { return dy * a; }}});
  };
  EXPECT_THAT(verdict(wrong, {example({3}), example({3})}), ::testing::HasSubstr("gradient of input 0"));
}

TEST(GradientChecker, CatchesAMissingInput) {
  const auto wrong = [](X x) {
    return record("wrong", x[0].value() * x[1].value(),
                  {{x[0], [b = x[1]](const Variable& dy, const Variable&) { return dy * b; }},
                   {x[1], [](const Variable& dy, const Variable&) { return dy * 0.0; }}});
  };
  EXPECT_THAT(verdict(wrong, {example({3}), example({3})}), ::testing::HasSubstr("gradient of input 1"));
}

TEST(GradientChecker, CatchesATransposedGradient) {
  const auto wrong = [](X x) {
    return record(
        "wrong", matmul(x[0].value(), x[1].value()),
        {{x[0],
          [b = x[1]](const Variable& dy, const Variable&) { return transpose(matmul(dy, transpose(b))); }},
         {x[1], [a = x[0]](const Variable& dy, const Variable&) { return matmul(transpose(a), dy); }}});
  };
  EXPECT_THAT(verdict(wrong, {example({3, 3}), example({3, 3})}),
              ::testing::HasSubstr("gradient of input 0"));
}

TEST(GradientChecker, CatchesAWrongSecondOrder) {
  const auto wrong = [](X x) {  // right gradient, but taken as a constant
    return record("wrong", exp(x[0].value()),
                  {{x[0], [](const Variable& dy, const Variable& y) { return dy * y.detach(); }}});
  };
  EXPECT_THAT(verdict(wrong, {example({4})}), ::testing::HasSubstr("second-order"));
}

TEST(GradientChecker, CatchesNodesLeftAlive) {
  static std::vector<Variable> kept;
  const auto leaking = [](X x) {
    Variable y = square(x[0]);
    kept.push_back(y);
    return y;
  };
  EXPECT_THAT(verdict(leaking, {example({2})}), ::testing::HasSubstr("still alive"));
  kept.clear();
}

}  // namespace
}  // namespace hourglass
