// Optimizers by name, and their options as values and as JSON.

#include "support/expect_error.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gtest/gtest.h>

namespace hourglass::optim {
namespace {

TEST(OptimizerByName, InAnyCase) {
  for (const char* const name : {"adam", "Adam", "ADAM"}) EXPECT_STREQ(make(name)->name(), "Adam");
  EXPECT_STREQ(make("rmsprop")->name(), "RMSprop");
  EXPECT_STREQ(make("sgd")->name(), "SGD");
  EXPECT_STREQ(make("adamw")->name(), "AdamW");
  EXPECT_STREQ(make("adagrad")->name(), "Adagrad");
  EXPECT_STREQ(make("adadelta")->name(), "Adadelta");
  EXPECT_THROW_TEXT(
      (void)make("adma"), DataError,
      "optimizer: \"adma\" is not known; there are SGD, RMSprop, Adagrad, Adadelta, Adam, AdamW");
}

TEST(OptimizerByName, TakesOptions) {
  const auto made = make("adam", {{"learning_rate", 0.01},
                                  {"beta_1", 0.5},
                                  {"amsgrad", true},
                                  {"clipnorm", 2},
                                  {"gradient_accumulation_steps", 3},
                                  {"learning_rate_multipliers.0.prefix", "encoder."},
                                  {"learning_rate_multipliers.0.factor", 0.1}});
  const AdamOptions& o = dynamic_cast<const Adam&>(*made).options();
  EXPECT_EQ(made->learning_rate(), 0.01);
  EXPECT_EQ(o.beta_1, 0.5);
  EXPECT_EQ(o.beta_2, 0.999);
  EXPECT_TRUE(o.amsgrad);
  EXPECT_EQ(o.clipping.clipnorm, 2.0);
  EXPECT_FALSE(o.clipping.clipvalue);
  EXPECT_EQ(o.gradient_accumulation_steps, 3);
  ASSERT_EQ(o.learning_rate_multipliers.size(), 1U);
  EXPECT_EQ(o.learning_rate_multipliers[0].prefix, "encoder.");
  EXPECT_EQ(o.learning_rate_multipliers[0].factor, 0.1);
}

TEST(OptimizerByName, SaysWhatIsWrongWithAnOption) {
  EXPECT_THROW_TEXT(
      (void)make("sgd", {{"beta_1", 0.5}}), DataError,
      "SGD: there is no option beta_1; there are: learning_rate.schedule, learning_rate, momentum, "
      "nesterov, clipvalue, clipnorm, global_clipnorm, learning_rate_multipliers.N, "
      "gradient_accumulation_steps");
  EXPECT_THROW_TEXT((void)make("sgd", {{"momentum", "much"}}), DataError,
                    "SGD: the option momentum is \"much\"; expected a number");
  EXPECT_THROW_TEXT((void)make("sgd", {{"nesterov", 1}}), DataError,
                    "SGD: the option nesterov is 1; expected true or false");
  EXPECT_THROW_TEXT((void)make("sgd", {{"gradient_accumulation_steps", 1.5}}), DataError,
                    "expected a whole number");
  EXPECT_THROW_TEXT((void)make("sgd", {{"momentum", 0.1}, {"momentum", 0.2}}), DataError,
                    "SGD: the option momentum is given twice");
  EXPECT_THROW_TEXT((void)make("sgd", {{"momentum", 1.5}}), DataError,
                    "SGD: momentum must be in [0, 1), got 1.5");
  EXPECT_THROW_TEXT((void)make("sgd", {{"learning_rate", -1}}), DataError, "learning_rate: must be finite");
}

TEST(OptimizerByName, TakesSchedules) {
  const auto cosine = make("sgd", {{"learning_rate.schedule", "CosineDecay"},
                                   {"learning_rate.initial_learning_rate", 0.5},
                                   {"learning_rate.decay_steps", 100}});
  EXPECT_EQ(cosine->learning_rate(), 0.5);
  const LearningRate& rate = dynamic_cast<const SGD&>(*cosine).options().learning_rate;
  EXPECT_EQ(rate.at(50), CosineDecay({0.5, 100})(50));
  const auto warm = make("adam", {{"learning_rate.schedule", "WarmUp"},
                                  {"learning_rate.steps", 10},
                                  {"learning_rate.then.schedule", "StepDecay"},
                                  {"learning_rate.then.initial_learning_rate", 0.2},
                                  {"learning_rate.then.every", 5}});
  const LearningRate& warming = dynamic_cast<const Adam&>(*warm).options().learning_rate;
  EXPECT_DOUBLE_EQ(warming.at(5), 0.1);
  EXPECT_DOUBLE_EQ(warming.at(16), 0.1);
  EXPECT_THROW_TEXT(
      (void)make("sgd", {{"learning_rate.schedule", "Cosine"}}), DataError,
      "SGD: the option learning_rate.schedule is \"Cosine\"; expected one of: constant, StepDecay");
  EXPECT_THROW_TEXT(
      (void)make("sgd", {{"learning_rate.schedule", "CosineDecay"}, {"learning_rate.decay_steps", 3}}),
      DataError, "learning_rate: CosineDecay needs initial_learning_rate");
  EXPECT_THROW_TEXT((void)make("sgd", {{"learning_rate.schedule", "CosineDecay"},
                                       {"learning_rate.initial_learning_rate", 0.1}}),
                    DataError, "CosineDecay: needs at least one step, got 0");
}

// What is made from the JSON of an optimizer's options has the same JSON, and takes the same steps.
void expect_same_again(const Optimizer& optimizer) {
  const std::string json = options_json(optimizer);
  const auto again = make_from_json(registered_name(optimizer), json, "test");
  EXPECT_EQ(options_json(*again), json);
  EXPECT_EQ(typeid(*again), typeid(optimizer));
}

TEST(OptimizerAsJson, ComesBack) {
  expect_same_again(SGD({.learning_rate = 0.3, .momentum = 0.9, .nesterov = true}));
  expect_same_again(
      Adam({.learning_rate = WarmUp{5, ExponentialDecay{0.1, 20, 0.5, true}}, .amsgrad = true}));
  expect_same_again(AdamW({.weight_decay = 0.1, .clipping = {.global_clipnorm = 0.5}}));
  expect_same_again(RMSprop({.learning_rate = StepDecay{0.1, 3}, .momentum = 0.1, .centered = true}));
  expect_same_again(Adagrad({.learning_rate_multipliers = {{"a", 0.5}, {"b", 0.0}}}));
  expect_same_again(Adadelta({.learning_rate = CosineDecay{1.0, 7, 0.1}, .gradient_accumulation_steps = 2}));
  EXPECT_EQ(options_json(SGD({.learning_rate = 0.25})),
            R"({"learning_rate":{"schedule":"constant","value":0.25},"momentum":0.0,"nesterov":false,)"
            R"("clipvalue":null,"clipnorm":null,"global_clipnorm":null,"learning_rate_multipliers":[],)"
            R"("gradient_accumulation_steps":1})");
}

TEST(OptimizerAsJson, AFunctionOfOnesOwnIsCalledCustom) {
  const SGD optimizer({.learning_rate = [](std::int64_t t) { return 1.0 / static_cast<double>(t + 1); }});
  const std::string json = options_json(optimizer);
  EXPECT_NE(json.find(R"("learning_rate":{"schedule":"custom"})"), std::string::npos) << json;
  EXPECT_THROW_TEXT((void)make_from_json("SGD", json, "test"), DataError,
                    "learning_rate: it was a function of one's own");
}

TEST(OptimizerAsJson, RefusesWhatIsNone) {
  EXPECT_THROW_TEXT((void)make_from_json("SGD", R"({"speed": 1})", "a.h5"), DataError, "a.h5: unknown speed");
  EXPECT_THROW_TEXT((void)make_from_json("SGD", R"({"momentum": 7})", "a.h5"), DataError,
                    "momentum must be in [0, 1), got 7");
  std::string deep = R"({"schedule":"constant","value":0.1})";
  for (int i = 0; i < 100; ++i) deep = R"({"schedule":"WarmUp","steps":1,"then":)" + deep + "}";
  EXPECT_THROW_TEXT((void)make_from_json("SGD", R"({"learning_rate":)" + deep + "}", "a.h5"), DataError,
                    "deep");
}

}  // namespace
}  // namespace hourglass::optim
