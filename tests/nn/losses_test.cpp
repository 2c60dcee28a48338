// Every loss takes every reduction; they are the same terms added up in different ways.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace hourglass::nn {
namespace {

using Loss = std::function<Variable(const Variable&, const Variable&, Reduction)>;

struct Row {
  std::string name;
  Loss loss;
  std::int64_t terms;  // of an example of shape (2, 3)
};

const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"mean_squared_error",
       [](auto& p, auto& t, Reduction r) { return mean_squared_error(p, t, {.reduction = r}); }, 6},
      {"mean_absolute_error",
       [](auto& p, auto& t, Reduction r) { return mean_absolute_error(p, t, {.reduction = r}); }, 6},
      {"huber", [](auto& p, auto& t, Reduction r) { return huber(p, t, {.delta = 0.3, .reduction = r}); }, 6},
      {"binary_crossentropy",
       [](auto& p, auto& t, Reduction r) { return binary_crossentropy(p, t, {.reduction = r}); }, 6},
      {"binary_crossentropy_logits",
       [](auto& p, auto& t, Reduction r) {
         return binary_crossentropy(p, t, {.from_logits = true, .reduction = r});
       },
       6},
      {"categorical_crossentropy",
       [](auto& p, auto& t, Reduction r) { return categorical_crossentropy(p, t, {.reduction = r}); }, 2},
      {"categorical_crossentropy_logits",
       [](auto& p, auto& t, Reduction r) {
         return categorical_crossentropy(p, t, {.from_logits = true, .reduction = r});
       },
       2},
      {"sparse_categorical_crossentropy",
       [](auto& p, auto& t, Reduction r) {
         return sparse_categorical_crossentropy(p, argmax(t, -1), {.from_logits = true, .reduction = r});
       },
       2},
      {"kl_divergence", [](auto& p, auto& t, Reduction r) { return kl_divergence(p, t, {.reduction = r}); },
       2},
  };
  return all;
}

class EachLoss : public ::testing::TestWithParam<std::size_t> {
 protected:
  [[nodiscard]] const Row& row() const { return rows()[GetParam()]; }
  Tensor p_ = uniform({4, 2, 3}, 0.1, 0.9, default_generator(), float64),
         t_ = uniform({4, 2, 3}, 0.1, 0.9, default_generator(), float64);
};

TEST_P(EachLoss, AddsTheSameTermsUpForEveryReduction) {
  const auto value = [&](Reduction r) { return row().loss(p_, t_, r).value(); };
  const auto terms = static_cast<double>(row().terms);
  const Tensor each = value(Reduction::none);
  EXPECT_EQ(each.shape(), (Shape{4}));
  EXPECT_NEAR(value(Reduction::mean).item(), mean(each).item(), 1e-14);
  EXPECT_NEAR(value(Reduction::sum).item(), sum(each).item() * terms, 1e-12);
  EXPECT_NEAR(value(Reduction::batch_mean).item(), mean(each).item() * terms, 1e-13);
  for (std::int64_t i = 0; i < 4; ++i) {
    const Tensor pi = slice(p_, 0, {i, i + 1}), ti = slice(t_, 0, {i, i + 1});
    EXPECT_NEAR(each[i].item(), row().loss(pi, ti, Reduction::mean).item(), 1e-14) << i;
  }
}

TEST_P(EachLoss, HasRightGradientsForEachExample) {
  const auto each = [&](const std::vector<Variable>& x) { return row().loss(x[0], t_, Reduction::none); };
  EXPECT_GRADIENTS(each, p_);
}

TEST_P(EachLoss, NeedsAnAxisOfExamplesForOneLossEach) {
  const Variable p = row().terms == 6 ? full({}, 0.5, float64) : full({3}, 0.5, float64);
  EXPECT_THROW_TEXT((void)row().loss(p, p, Reduction::none), ShapeError,
                    "one loss for each example needs an axis of examples");
  EXPECT_NO_THROW((void)row().loss(p, p, Reduction::mean));
}

TEST_P(EachLoss, HasNoMeanOverTheExamplesOfAnEmptyBatch) {
  const Variable none = zeros({0, 3}, float64);
  EXPECT_THROW_TEXT((void)row().loss(none, none, Reduction::batch_mean), DataError,
                    "an empty batch has no mean over its examples, got shape (0");
}

INSTANTIATE_TEST_SUITE_P(Table, EachLoss, ::testing::Range<std::size_t>(0, rows().size()),
                         [](const auto& info) { return rows()[info.param].name; });

TEST(RootMeanSquaredError, IsTheRoot) {
  const Tensor p = uniform({4, 5}, -1.0, 1.0, default_generator(), float64),
               t = uniform({4, 5}, -1.0, 1.0, default_generator(), float64);
  for (const Reduction r : {Reduction::mean, Reduction::sum, Reduction::batch_mean, Reduction::none}) {
    const Tensor root = root_mean_squared_error(p, t, {.reduction = r}).value();
    const Tensor square = mean_squared_error(p, t, {.reduction = r}).value();
    EXPECT_LE(max(abs(root * root - square)).item(), 1e-14);
    const auto loss = [&](const std::vector<Variable>& x) {
      return root_mean_squared_error(x[0], x[1], {.reduction = r});
    };
    EXPECT_GRADIENTS(loss, p, t);
  }
  EXPECT_NEAR(root_mean_squared_error(tensor({3, 0}), tensor({0, 4})).item(), std::sqrt(12.5), 1e-6);
  const Tensor of_each =
      root_mean_squared_error(tensor({3, -1}), tensor({0, 0}), {.reduction = Reduction::none}).value();
  EXPECT_EQ(of_each.str(), "[3. 1.]");
  const Variable same = Variable::parameter(ones({2, 3}));
  backward(root_mean_squared_error(same, ones({2, 3})));
  EXPECT_EQ(max(abs(same.gradient()->value())).item(), 0.0);
  EXPECT_THROW_TEXT((void)root_mean_squared_error(p, zeros({4}, float64)), ShapeError,
                    "root_mean_squared_error: prediction (4, 5) and target (4,) must have the same shape");
}

TEST(Divergences, HaveNoMeanOverTheExamplesOfAnEmptyBatch) {
  const Variable none = zeros({0, 3});
  EXPECT_THROW_TEXT((void)kl_to_standard_normal(none, none), DataError,
                    "gaussian_kl: an empty batch has no mean over its examples, got shape (0, 3)");
  EXPECT_THROW_TEXT((void)kl_normal(none, none, none, none), DataError, "kl_normal: an empty batch");
}

TEST(Divergences, TakeReductionsToo) {
  const Tensor m = normal({4, 3}, 0.0, 1.0, default_generator(), float64),
               l = normal({4, 3}, 0.0, 1.0, default_generator(), float64), zero = zeros({4, 3}, float64);
  const std::function<Tensor(Reduction)> to_standard = [&](Reduction r) {
    return kl_to_standard_normal(m, l, {.reduction = r}).value();
  };
  const std::function<Tensor(Reduction)> between = [&](Reduction r) {
    return kl_normal(m, l, zero, zero, {.reduction = r}).value();
  };
  for (const auto& value : {to_standard, between}) {
    const Tensor each = value(Reduction::none);
    EXPECT_EQ(each.shape(), (Shape{4}));
    EXPECT_NEAR(value(Reduction::batch_mean).item(), mean(each).item(), 1e-13);
    EXPECT_NEAR(value(Reduction::sum).item(), sum(each).item(), 1e-12);
    EXPECT_NEAR(value(Reduction::mean).item(), mean(each).item() / 3.0, 1e-13);
  }
  const auto each = [](const std::vector<Variable>& x) {
    return kl_to_standard_normal(x[0], x[1], {.reduction = Reduction::none});
  };
  EXPECT_GRADIENTS(each, m, l);
}

}  // namespace
}  // namespace hourglass::nn
