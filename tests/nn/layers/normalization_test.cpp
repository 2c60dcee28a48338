// BatchNormalization as Keras computes it, sampling and divergences by statistics and by hand, and their
// lines in the summary. (Gradients and PyTorch's numbers: tests/autograd/ops/normalize_test.cpp.)

#include "support/expect_error.h"
#include "support/golden.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/reparameterize.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/nn/summary.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

namespace hourglass::nn {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(BatchNormalizationLayer, GivesKerassNumbersByHand) {
  // Batch (1, 3, 5, 7): mean 4, biased variance 5 (unbiased 6.67); Keras's defaults momentum 0.99, ε 0.001.
  BatchNormalization layer(1, {.dtype = float64});
  const Tensor y = layer(tensor({{1}, {3}, {5}, {7}}, float64)).value();
  EXPECT_NEAR(y[0].item(), -3.0 / std::sqrt(5.001), 1e-14);
  EXPECT_NEAR(y[3].item(), 3.0 / std::sqrt(5.001), 1e-14);
  EXPECT_NEAR(layer.moving_mean.item(), 0.04, 1e-15);
  EXPECT_NEAR(layer.moving_variance.item(), 0.99 + 0.05, 1e-15);
  (void)layer(tensor({{-2}, {2}}, float64));  // mean 0, variance 4
  EXPECT_NEAR(layer.moving_mean.item(), 0.99 * 0.04, 1e-15);
  EXPECT_NEAR(layer.moving_variance.item(), 0.99 * 1.04 + 0.04, 1e-15);
  layer.gamma->set_value(tensor({2}, float64));
  layer.beta->set_value(tensor({-1}, float64));
  layer.eval();
  const double mean = layer.moving_mean.item(), variance = layer.moving_variance.item();
  EXPECT_NEAR(layer(tensor({{3}}, float64)).value().item(),
              2.0 * (3.0 - mean) / std::sqrt(variance + 1e-3) - 1.0, 1e-14);
  EXPECT_EQ(layer.moving_mean.item(), mean);  // evaluation follows nothing
}

TEST(BatchNormalizationLayer, OfOneExampleGivesBeta) {
  BatchNormalization layer(3);
  const Tensor y = layer(tensor({{5, -5, 100}})).value();
  EXPECT_EQ(max(abs(y)).item(), 0.0);
  EXPECT_NEAR(max(layer.moving_variance).item(), 0.99, 1e-6);
}

TEST(BatchNormalizationLayer, CanDoWithoutParameters) {
  BatchNormalization bare(3, {.center = false, .scale = false});
  EXPECT_EQ(parameter_count(bare), 0);
  LayerNormalization centred(3, {.scale = false});
  EXPECT_EQ(parameter_count(centred), 3);
  EXPECT_EQ(bare(normal({4, 3})).shape(), (Shape{4, 3}));
  bare.eval();
  EXPECT_EQ(bare(normal({0, 3})).shape(), (Shape{0, 3}));
  EXPECT_EQ(bare.describe(), "BatchNormalization(3, epsilon 0.001)");
  EXPECT_EQ(LayerNormalization(64, {.epsilon = 1e-6}).describe(), "LayerNormalization(64, epsilon 1e-06)");
}

TEST(BatchNormalizationLayer, KeepsItsStatisticsInTheFile) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("hourglass_normalization_" + std::to_string(getpid()) + ".h5");
  BatchNormalization one(3), two(3);
  (void)one(normal({20, 3}, 2.0, 3.0));
  files::save(path.string(), one);
  files::load(path.string(), two);
  std::vector<std::string> names;
  for (const files::Section& section : files::read_state(path.string())) {
    if (section.name != "model") continue;
    for (const NamedTensor& t : section.tensors) names.push_back(t.name);
  }
  std::filesystem::remove(path);
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("gamma", "beta", "moving_mean", "moving_variance"));
  EXPECT_EQ(max(abs(one.moving_mean - two.moving_mean)).item(), 0.0);
  EXPECT_EQ(max(abs(one.moving_variance - two.moving_variance)).item(), 0.0);
  EXPECT_GT(max(abs(two.moving_mean)).item(), 0.0);
}

TEST(BatchNormalizationLayer, SaysWhichTypeItWants) {
  EXPECT_THROW_TEXT((void)BatchNormalization(3)(zeros({2, 3}, float64)), DTypeError,
                    "BatchNormalization(3, epsilon 0.001) holds float32, but the input (2, 3) is float64; "
                    "convert it with x.to(hg::float32)");
  EXPECT_THROW_TEXT((void)LayerNormalization(3)(zeros({2, 3}, float64)), DTypeError,
                    "LayerNormalization(3, epsilon 0.001) holds float32");
  EXPECT_THROW_TEXT((void)BatchNormalization(3)(zeros({3})), ShapeError, "the last of 2 axes or more");
}

// A module with parameters of its own and modules inside.
struct Gated : Layer {
  Variable gate = Variable::parameter(ones({6}));
  Dense inner{6, 6};
  Variable forward(const Variable& x) override { return inner(x) * gate; }
  void visit(Visitor& v) override { v("gate", gate), v("inner", inner); }
};

TEST(SummaryTable, CountsStatisticsAsKerasDoes) {
  Sequential model{Dense(10, 64), BatchNormalization(64), LayerNormalization(64)};
  const std::string table = summary(model, {10});
  EXPECT_THAT(table, HasSubstr("1 (BatchNormalization(64, epsilon 0.001))"));
  EXPECT_THAT(table, HasSubstr(" 256\n"));  // 4 F
  EXPECT_THAT(table, HasSubstr("Total params: 1,088"));
  EXPECT_THAT(table, HasSubstr("\nTrainable params: 960\n"));
  EXPECT_THAT(table, HasSubstr("Non-trainable params: 128"));  // 2 F
}

TEST(SummaryTable, HasALineForAModuleWithParametersOfItsOwn) {
  Sequential model;
  model.add(Gated());
  const std::string table = summary(model, {6});
  EXPECT_THAT(table, ::testing::ContainsRegex("0 \\(Gated\\) +\\(None, 6\\) +6\n"));
  EXPECT_THAT(table, ::testing::ContainsRegex("0\\.inner \\(Dense\\(6 -> 6\\)\\) +\\(None, 6\\) +42\n"));
  EXPECT_THAT(table, HasSubstr("Total params: 48"));
  EXPECT_THAT(table, Not(HasSubstr("Sequential(")));
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines{""};
  for (const char c : text) c == '\n' ? lines.emplace_back() : lines.back() += c, void();
  return lines;
}

// The column at which the second heading stands, and where the shapes and counts of the layers begin.
TEST(SummaryTable, HasColumnsAsWideAsTheLongestEntry) {
  Sequential narrow{Dense(3, 2)};
  Sequential inner{Dense(784, 64, {.activation = relu}), BatchNormalization(64)};
  Sequential wide{Sequential{Sequential{std::move(inner)}}, Dense(64, 1)};
  for (Sequential* model : {&narrow, &wide}) {
    const bool is_wide = model == &wide;
    const std::vector<std::string> lines = lines_of(summary(*model, {is_wide ? 784 : 3}));
    const std::size_t shapes = lines[2].find("Output Shape"), counts = lines[2].find("Param #");
    EXPECT_EQ(lines[0], "Model: \"Sequential\"");
    EXPECT_GE(lines[1].size(), 69U);
    EXPECT_EQ(lines[1].size() > 69, is_wide);
    EXPECT_EQ(lines[3], std::string(lines[1].size(), '='));
    for (std::size_t i = 4; lines[i][0] != '='; ++i) {
      EXPECT_EQ(lines[i].find("(None"), shapes) << lines[i];
      EXPECT_NE(lines[i][counts], ' ') << lines[i];
      EXPECT_EQ(lines[i][counts - 1], ' ') << lines[i];
      EXPECT_LE(lines[i].size(), lines[1].size() + 1);
    }
  }
}

TEST(EvaluatingModel, LeavesEachModuleInItsMode) {
  Sequential model{Dense(2, 2), BatchNormalization(2)};
  model[1].eval();
  {
    const Evaluating evaluating(model);
    EXPECT_FALSE(model.is_training());
    EXPECT_FALSE(is_recording());
  }
  EXPECT_TRUE(model.is_training() && model[0].is_training());
  EXPECT_FALSE(model[1].is_training());
  EXPECT_TRUE(is_recording());
}

TEST(ReparameterizeLayer, DrawsWithTheGivenMomentsInTrainingAndGivesTheMeanInEvaluation) {
  set_seed(11);
  Reparameterize sample;
  constexpr int kDraws = 40000;
  const Tensor mean_of = tensor({-3.0, 0.0, 2.0}), l = tensor({std::log(0.25), 0.0, std::log(9.0)});
  const Tensor z = sample(broadcast_to(mean_of, {kDraws, 3}), broadcast_to(l, {kDraws, 3})).value();
  const double expected_variance[] = {0.25, 1.0, 9.0};
  for (int j = 0; j < 3; ++j) {
    const double variance = expected_variance[j];
    // five standard errors: σ²/n of the mean, 2σ⁴/n of the variance
    EXPECT_NEAR(mean(z, 0)[j].item(), mean_of[j].item(), 5.0 * std::sqrt(variance / kDraws));
    EXPECT_NEAR(var(z, 0)[j].item(), variance, 5.0 * variance * std::sqrt(2.0 / kDraws));
  }
  const Variable centre = mean_of, log_variance = l;
  EXPECT_GT(max(abs(sample(centre, log_variance).value() - sample(centre, log_variance).value())).item(),
            0.0);
  sample.eval();
  EXPECT_EQ(sample(centre, log_variance).node(), centre.node());
  Reparameterize always({.sample_in_eval = true});
  always.eval();
  EXPECT_GT(max(abs(always(centre, log_variance).value() - mean_of)).item(), 0.0);
  EXPECT_EQ(sample.describe(), "Reparameterize");
  EXPECT_EQ(always.describe(), "Reparameterize(sampling in eval)");
}

TEST(ReparameterizeLayer, NeverOverflows) {
  Reparameterize sample;
  for (const DType dtype : {float32, float64}) {
    for (const double extreme : {-1e6, 1e6}) {
      const Variable centre = Variable::parameter(zeros({5, 4}, dtype)),
                     l = Variable::parameter(full({5, 4}, extreme, dtype));
      const Variable loss = mean(square(sample(centre, l))) + kl_to_standard_normal(centre, l) +
                            kl_normal(centre, l, centre + 1.0, -l);
      EXPECT_TRUE(all_finite(loss.value())) << extreme;
      backward(loss);
      EXPECT_TRUE(all_finite(centre.gradient()->value())) << extreme;
      EXPECT_EQ(max(abs(l.gradient()->value())).item(), 0.0) << extreme;  // beyond the range
    }
  }
}

TEST(ReparameterizeLayer, SaysWhatDoesNotFit) {
  Reparameterize sample;
  EXPECT_THROW_TEXT((void)sample(zeros({3, 4}), zeros({3, 5})), ShapeError, "split in halves");
  EXPECT_THROW_TEXT((void)sample(zeros({3, 4}), zeros({3, 5})), ShapeError, "\n  in Reparameterize");
  EXPECT_THROW_TEXT((void)sample(zeros({3, 4}), zeros({3, 4}, float64)), DTypeError,
                    "the mean is float32, but the log variance float64; convert one with x.to(hg::float32)");
  EXPECT_THROW_TEXT(Reparameterize({.range = {2.0, 1.0}}), DataError,
                    "Reparameterize: the range of log variances must go from a number to a larger one");
}

TEST(NormalDivergences, AreTheNumbersOfTheBook) {
  // ½ (μ² + σ² − 1 − log σ²): μ = 1, σ² = 1 is ½; μ = 0, σ² = e is ½ (e − 2).
  EXPECT_NEAR(kl_to_standard_normal(full({1, 1}, 1.0), zeros({1, 1})).item(), 0.5, 1e-7);
  EXPECT_NEAR(kl_to_standard_normal(zeros({2, 3}), ones({2, 3})).item(), 3.0 * 0.5 * (std::exp(1.0) - 2.0),
              1e-6);
  EXPECT_EQ(kl_to_standard_normal(zeros({4, 2}), zeros({4, 2})).item(), 0.0);
  // N(1, 4) ‖ N(3, 16): log(4/2) + (4 + 4) / 32 − ½.
  const auto number = [](double v) { return Variable(full({1, 1}, v, float64)); };
  EXPECT_NEAR(kl_normal(number(1), number(std::log(4.0)), number(3), number(std::log(16.0))).item(),
              std::log(2.0) + 0.25 - 0.5, 1e-14);
  EXPECT_EQ(kl_normal(number(2), number(1), number(2), number(1)).item(), 0.0);
  const Tensor mean_of = testing::wild("mean", 0, {3, 4}), l = testing::wild("log variance", 0, {3, 4});
  EXPECT_NEAR(kl_normal(mean_of, l, zeros({3, 4}, float64), zeros({3, 4}, float64)).item(),
              kl_to_standard_normal(mean_of, l).item(), 1e-13);
  EXPECT_THROW_TEXT(
      (void)kl_normal(number(1), number(1), number(1), zeros({2, 1}, float64)), ShapeError,
      "kl_normal: means and log variances must have one shape, examples first, got (1, 1) and (2, 1)");
}

TEST(NormalDivergences, AreWhatSamplesSay) {
  // KL(q ‖ p) = E_q[log q(z) − log p(z)].
  set_seed(12);
  constexpr std::int64_t kDraws = 200000;
  const double m1 = 0.5, l1 = -0.7, m2 = -0.4, l2 = 0.6;
  Reparameterize sample;
  const Tensor z = sample(full({kDraws}, m1, float64), full({kDraws}, l1, float64)).value();
  const auto log_density = [&](double m, double l) { return (square(z - m) * std::exp(-l) + l) * -0.5; };
  const Tensor difference = log_density(m1, l1) - log_density(m2, l2);
  const auto number = [](double v) { return Variable(full({1, 1}, v, float64)); };
  const double error = 5.0 * std::sqrt(var(difference).item() / static_cast<double>(kDraws));
  EXPECT_NEAR(kl_normal(number(m1), number(l1), number(m2), number(l2)).item(), mean(difference).item(),
              error);
}

TEST(BernoulliDivergence, IsTheNumberOfTheBook) {
  const double by_hand = 0.2 * std::log(0.2 / 0.5) + 0.8 * std::log(0.8 / 0.5) + 0.2 * std::log(0.2 / 0.1) +
                         0.8 * std::log(0.8 / 0.9);
  EXPECT_NEAR(kl_bernoulli(0.2, tensor({0.5, 0.1}, float64)).item(), by_hand, 1e-15);
  EXPECT_NEAR(kl_bernoulli(0.2, full({50}, 0.2, float64)).item(), 0.0, 1e-13);
  // q = 0 counts as 1e-7.
  EXPECT_NEAR(kl_bernoulli(0.2, zeros({1}, float64)).item(),
              0.2 * std::log(0.2 / 1e-7) + 0.8 * std::log(0.8 / (1 - 1e-7)), 1e-12);
}

TEST(LossReductions, PerImageIsTheSumOverPixelsAndTheMeanOverImages) {
  const Tensor p = testing::wild("p", 0, {5, 2, 3}), t = testing::wild("t", 0, {5, 2, 3}, 0.0, 1.0);
  const double mse = mean(sum(square(p - t), {1, 2})).item();
  EXPECT_NEAR(mean_squared_error(p, t, {.reduction = Reduction::batch_mean}).item(), mse, 1e-13);
  const Tensor bce = log(exp(p) + 1.0) - t * p;
  EXPECT_NEAR(binary_crossentropy(p, t, {.from_logits = true, .reduction = Reduction::batch_mean}).item(),
              mean(sum(bce, {1, 2})).item(), 1e-13);
}

}  // namespace
}  // namespace hourglass::nn
