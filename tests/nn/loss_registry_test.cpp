// Losses by name.

#include "support/expect_error.h"

#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/nn/losses/registry.h>
#include <hourglass/tensor/ops/factory.h>

#include <gtest/gtest.h>

namespace hourglass::nn {
namespace {

const Variable p = tensor({{0.2, 0.8}, {0.6, 0.4}}), t = tensor({{0.0, 1.0}, {1.0, 0.0}});

TEST(LossByName, EachIsTheFunctionOfItsName) {
  EXPECT_EQ(make_loss("mean_squared_error")(p, t).item(), mean_squared_error(p, t).item());
  EXPECT_EQ(make_loss("root_mean_squared_error")(p, t).item(), root_mean_squared_error(p, t).item());
  EXPECT_EQ(make_loss("mean_absolute_error")(p, t).item(), mean_absolute_error(p, t).item());
  EXPECT_EQ(make_loss("huber")(p, t).item(), huber(p, t).item());
  EXPECT_EQ(make_loss("binary_crossentropy")(p, t).item(), binary_crossentropy(p, t).item());
  EXPECT_EQ(make_loss("categorical_crossentropy")(p, t).item(), categorical_crossentropy(p, t).item());
  EXPECT_EQ(make_loss("kl_divergence")(p, t).item(), kl_divergence(p, t).item());
  const Tensor labels = tensor({1, 0}, int64);
  EXPECT_EQ(make_loss("sparse_categorical_crossentropy")(p, labels).item(),
            sparse_categorical_crossentropy(p, labels).item());
}

TEST(LossByName, HasKerasAliases) {
  for (const char* const name : {"mse", "MSE", "MeanSquaredError"})
    EXPECT_EQ(make_loss(name).name(), "mean_squared_error");
  EXPECT_EQ(make_loss("mae").name(), "mean_absolute_error");
  EXPECT_EQ(make_loss("KLDivergence").name(), "kl_divergence");
  EXPECT_EQ(make_loss("kld").name(), "kl_divergence");
  EXPECT_EQ(make_loss("BinaryCrossentropy").name(), "binary_crossentropy");
  EXPECT_THROW_TEXT((void)make_loss("msee"), DataError,
                    "loss: \"msee\" is not known; there are mean_squared_error, root_mean_squared_error,");
}

TEST(LossByName, TakesOptionsAndComesBackFromJson) {
  const Loss loss = make_loss("huber", {{"delta", 0.1}, {"reduction", Reduction::sum}});
  EXPECT_EQ(loss(p, t).item(), huber(p, t, {.delta = 0.1, .reduction = Reduction::sum}).item());
  EXPECT_EQ(loss.options_json(), R"({"delta":0.1,"reduction":"sum"})");
  const Loss again = make_loss_from_json(loss.name(), loss.options_json(), "test");
  EXPECT_EQ(again(p, t).item(), loss(p, t).item());
  EXPECT_EQ(make_loss("bce", {{"from_logits", true}})(p, t).item(),
            binary_crossentropy(p, t, {.from_logits = true}).item());
  EXPECT_THROW_TEXT((void)make_loss("mse", {{"delta", 0.1}}), DataError,
                    "mean_squared_error: there is no option delta; there are: reduction");
  EXPECT_THROW_TEXT((void)make_loss("mse", {{"reduction", "median"}}), DataError,
                    "expected one of: mean, sum, batch_mean, none");
}

TEST(LossByName, OnesOwnTakesOneLine) {
  register_loss("fourth_power",
                [](const Variable& a, const Variable& b) { return mean(square(square(a - b))); });
  EXPECT_EQ(make_loss("FourthPower")(p, t).item(), mean(square(square(p - t))).item());
  EXPECT_EQ(make_loss("fourth_power").options_json(), "{}");
  EXPECT_THROW_TEXT(register_loss<LossOptions>("MSE", mean_squared_error), DataError,
                    "the name \"MSE\" is taken");
  register_loss<HuberOptions>(
      "scaled_huber",
      [](const Variable& a, const Variable& b, const HuberOptions& o) { return huber(a, b, o) / o.delta; },
      {"sh"});
  EXPECT_EQ(make_loss("sh", {{"delta", 0.5}})(p, t).item(), (huber(p, t, {.delta = 0.5}) / 0.5).item());
}

}  // namespace
}  // namespace hourglass::nn
