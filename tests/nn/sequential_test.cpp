// What a Sequential is made of, how its layers are reached, exchanged and shared.

#include "support/expect_error.h"

#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/nn/summary.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hourglass::nn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names(const Module& module) {
  std::vector<std::string> out;
  for (const NamedParameter& p : parameters(module)) out.push_back(p.name);
  return out;
}

bool same(const Variable& a, const Variable& b) { return max(abs(a.value() - b.value())).item() == 0.0; }

Variable twice(const Variable& x) { return 2.0 * x; }
Variable scaled(const Variable& x, double by) { return by * x; }

TEST(Sequential, NestsAndIsTheIdentityWhenEmpty) {
  Sequential empty;
  const Variable x = ones({2, 2});
  EXPECT_EQ(empty(x).node(), x.node());
  Sequential nested{Sequential{Dense(2, 3), ReLU()}, Sequential{}, Dense(3, 1)};
  EXPECT_EQ(nested(x).shape(), (Shape{2, 1}));
  EXPECT_THAT(names(nested), ElementsAre("0.0.kernel", "0.0.bias", "2.kernel", "2.bias"));
  EXPECT_EQ(parameter_count(nested), 13);
  EXPECT_THROW_TEXT((void)nested[3], IndexError, "Sequential: layer 3 of 3");
  EXPECT_THROW_TEXT((void)nested[-4], IndexError, "Sequential: layer -4 of 3");
  EXPECT_EQ(&nested[-1], &nested[2]);
  EXPECT_THAT(names(Sequential{std::move(nested)}),
              ElementsAre("0.0.kernel", "0.0.bias", "2.kernel", "2.bias"));
}

TEST(Sequential, TakesFunctions) {
  const double factor = 3.0;
  Sequential model{[factor](const Variable& x) { return factor * x; },
                   relu,
                   twice,
                   leaky_relu,
                   softmax,
                   [](const auto& x) { return x + 1.0; },
                   sigmoid};
  const Variable x = tensor({{-1, 2}});
  EXPECT_TRUE(same(model(x), sigmoid(softmax(leaky_relu(twice(relu(factor * x)))) + 1.0)));
  EXPECT_EQ(model[0].describe(), "Lambda(custom)");
  EXPECT_EQ(model[1].describe(), "Lambda(relu)");
  EXPECT_EQ(model[4].describe(), "Lambda(softmax)");
  model.add(tanh);
  EXPECT_EQ(model.size(), 8U);
  EXPECT_THROW_TEXT(Sequential{scaled}, DataError,
                    "Activation: what the second argument of this function, a number");
}

TEST(Sequential, KnowsItsLayersByNameAndType) {
  Sequential model{{"embed", Dense(4, 3)}, relu, {"act", tanh}, Dense(3, 2), {"head", [](const Variable& x) {
                                                                                return x;
                                                                              }}};
  EXPECT_THAT(names(model), ElementsAre("embed.kernel", "embed.bias", "3.kernel", "3.bias"));
  EXPECT_EQ(&model["embed"], &model[0]);
  EXPECT_EQ(&model["3"], &model[3]);
  EXPECT_EQ(model.get<Dense>("embed").kernel.shape(), (Shape{4, 3}));
  EXPECT_EQ(&model.get<Dense>(-2), &model[3]);
  const Sequential& constant = model;
  EXPECT_EQ(&constant.get<Dense>(0), &constant["embed"]);
  EXPECT_THROW_TEXT((void)model.get<Dense>(2), DataError,
                    "Sequential: layer act is Lambda(tanh), not a Dense");
  EXPECT_THROW_TEXT((void)constant.get<BatchNormalization>("3"), DataError,
                    "Sequential: layer 3 is Dense(3 -> 2), not a BatchNormalization");
  EXPECT_THROW_TEXT((void)model["code"], IndexError,
                    "Sequential: no layer is named \"code\"; there are: embed, 1, act, 3, head");
  EXPECT_THAT(summary(model, {4}), HasSubstr("embed (Dense(4 -> 3))"));
}

TEST(Sequential, RefusesNamesThatAreTakenOrCannotBe) {
  Sequential model{{"a", Dense(2, 2)}};
  EXPECT_THROW_TEXT(model.add({"a", Dense(2, 2)}), DataError,
                    "Sequential: there is a layer named \"a\" already");
  for (const char* name : {"a/b", "a.b", ".", "0", "1st"}) {
    EXPECT_THROW_TEXT(model.add({name, Dense(2, 2)}), DataError, "Sequential: a layer cannot be named");
  }
  EXPECT_EQ(model.size(), 1U);
}

TEST(Sequential, ExchangesItsLayers) {
  Sequential model{{"first", Dense(2, 3)}, relu, Dense(3, 1)};
  model.replace(2, Dense(3, 5));
  model.replace(0, Dense(4, 3));        // keeps its name
  model.replace(1, {"rectify", relu});  // brings one
  model.insert(1, Dropout(0.5));
  model.insert(4, sigmoid);
  EXPECT_THAT(names(model), ElementsAre("first.kernel", "first.bias", "3.kernel", "3.bias"));
  EXPECT_EQ(model(ones({1, 4})).shape(), (Shape{1, 5}));
  EXPECT_EQ(model["rectify"].describe(), "Lambda(relu)");
  EXPECT_THROW_TEXT(model.replace(5, relu), IndexError, "Sequential: layer 5 of 5");
  EXPECT_THROW_TEXT(model.insert(6, relu), IndexError, "Sequential: layer 6 of 5");
  EXPECT_THROW_TEXT(model.replace(1, {"first", relu}), DataError, "there is a layer named \"first\" already");
}

TEST(Sequential, RangesShareTheirLayers) {
  Sequential model{Dense(4, 2), {"code", Dense(2, 2)}, Dense(2, 4), BatchNormalization(4)};
  Sequential encoder = model.range(0, 2), decoder = model.range(2);
  const Variable x = tensor({{1, 2, 3, 4}});
  model.eval();
  EXPECT_TRUE(same(model(x), decoder(encoder(x))));
  EXPECT_THAT(names(encoder), ElementsAre("0.kernel", "0.bias", "code.kernel", "code.bias"));
  model.get<Dense>(0).kernel.set_value(zeros({4, 2}));
  EXPECT_EQ(encoder.get<Dense>(0).kernel.value().str(), zeros({4, 2}).str());
  EXPECT_EQ(&model.range(-2)[0], &model[2]);
  EXPECT_EQ(model.range(1, 1).size(), 0U);
  EXPECT_EQ(model.range(0, -1).size(), 3U);
  EXPECT_THROW_TEXT((void)model.range(3, 2), IndexError, "Sequential: there are no layers 3 to 2 of 4");
  EXPECT_THROW_TEXT((void)model.range(0, 5), IndexError, "Sequential: there are no layers 0 to 5 of 4");
}

struct Shared final : Layer {
  Sequential whole{Dense(3, 2, {.kernel_initializer = constant(1.0), .kernel_regularizer = L2(0.5)}),
                   BatchNormalization(2)};
  Sequential front = whole.range(0, 1);
  Variable forward(const Variable& x) override { return whole(x); }
  void visit(Visitor& v) override { v("whole", whole), v("front", front); }
};

TEST(Sequential, WhatARangeSharesCountsOnce) {
  Shared model;
  EXPECT_EQ(parameter_count(model), 12);
  EXPECT_EQ(regularization_loss(model)->item(), 0.5 * 6.0);
  EXPECT_THAT(summary(model, {3}), HasSubstr("Total params: 16"));
}

// An assignment that compiled and did nothing.
static_assert(!std::is_assignable_v<Layer&, Dense>);
static_assert(!std::is_assignable_v<Module&, Dense>);
static_assert(!std::is_assignable_v<decltype(std::declval<Sequential&>()[0]), Dense>);
static_assert(!std::is_assignable_v<KernelLayer&, Dense>);
static_assert(std::is_assignable_v<Dense&, Dense> && std::is_nothrow_move_constructible_v<Dense>);
static_assert(std::is_assignable_v<Sequential&, Sequential> &&
              std::is_nothrow_move_constructible_v<Sequential>);
static_assert(!std::is_assignable_v<Dense&, const Dense&> &&
              !std::is_assignable_v<Sequential&, const Sequential&>);

}  // namespace
}  // namespace hourglass::nn
