// Metrics against scikit-learn, batch by batch as at once, and what they refuse.

#include "support/expect_error.h"
#include "support/golden.h"

#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/training/metrics/classification.h>
#include <hourglass/training/metrics/ranking.h>
#include <hourglass/training/metrics/regression.h>

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace hourglass::training::metrics {
namespace {

using testing::Golden;
using testing::wild;

constexpr std::int64_t kN = 60;

const Golden& golden() {
  static const Golden file("metrics");
  return file;
}
void expect_golden(const std::string& name, std::size_t index, double value) {
  EXPECT_NEAR(value, golden().at(name, "value", index).at(0), 1e-12) << name << " " << index;
}
void expect_golden(const std::string& name, std::size_t index, const Tensor& values) {
  EXPECT_LE(testing::relative_difference(values, golden().at(name, "value", index)), 1e-12)
      << name << " " << index;
}

Tensor whole(const std::string& name, double classes) {
  Tensor x = wild(name, 0, {kN}, 0.0, classes);
  for (std::int64_t i = 0; i < kN; ++i) x.mutable_data<double>()[i] = std::floor(x.data<double>()[i]);
  return x.to(int64);
}

// Over batches of 7, as it is over all at once.
double in_batches(Metric& metric, const Tensor& y, const Tensor& t) {
  metric.reset();
  for (std::int64_t i = 0; i < y.shape(0); i += 7)
    metric.update(slice(y, 0, {i, std::min(i + 7, y.shape(0))}),
                  slice(t, 0, {i, std::min(i + 7, t.shape(0))}));
  return metric.result();
}

TEST(MetricsGolden, OfNumbers) {
  const Tensor y = wild("y", 0, {kN, 3}), t = wild("t", 0, {kN, 3});
  Tensor near = t.clone();
  for (std::int64_t i = 0; i < near.size(); ++i)
    near.mutable_data<double>()[i] = 0.5 * t.data<double>()[i] + 0.1 * y.data<double>()[i];
  MeanSquaredError mse;
  RootMeanSquaredError rmse;
  MeanAbsoluteError mae;
  ExplainedVariance explained;
  expect_golden("mse", 0, mean_squared_error(y, t));
  expect_golden("mse", 0, in_batches(mse, y, t));
  expect_golden("rmse", 0, root_mean_squared_error(y, t));
  expect_golden("rmse", 0, in_batches(rmse, y, t));
  expect_golden("mae", 0, mean_absolute_error(y, t));
  expect_golden("mae", 0, in_batches(mae, y, t));
  expect_golden("explained_variance", 0, explained_variance(near, t));
  expect_golden("explained_variance", 0, in_batches(explained, near, t));
  EXPECT_EQ(explained_variance(ones({4}), full({4}, 3.0)), 1.0);
  EXPECT_EQ(explained_variance(tensor({1, 2, 1, 2}), full({4}, 3.0)), 0.0);
}

TEST(MetricsGolden, OfClasses) {
  for (const auto& [name, classes] : {std::pair{std::string("binary"), 2.0}, {std::string("many"), 4.0}}) {
    const Tensor p = whole(name + "_p", classes), l = whole(name + "_l", classes);
    expect_golden(name + "_confusion", 0, confusion_matrix(p, l));
    expect_golden(name + "_accuracy", 0, accuracy(p, l));
    const std::vector<std::pair<std::string, Average>> all{{"binary", Average::binary},
                                                           {"macro", Average::macro},
                                                           {"micro", Average::micro},
                                                           {"weighted", Average::weighted}};
    for (std::size_t i = classes == 2.0 ? 0 : 1; i < all.size(); ++i) {
      const auto& [average_name, average] = all[i];
      const std::string row = name + "_" + average_name;
      expect_golden(row, 0, precision(p, l, average));
      expect_golden(row, 1, recall(p, l, average));
      F1 f(average);
      expect_golden(row, 2, in_batches(f, p, l));
    }
  }
}

TEST(MetricsGolden, OfScores) {
  const Tensor labels = whole("labels", 2.0);
  for (const auto& [name, steps] :
       {std::pair{std::string("smooth"), 1e9}, {std::string("ties"), 3.0}, {std::string("one_score"), 0.0}}) {
    Tensor scores = wild(name, 0, {kN});
    for (std::int64_t i = 0; i < kN; ++i) {
      double& s = scores.mutable_data<double>()[i];
      const double up = 0.4 * static_cast<double>(labels.data<std::int64_t>()[i]);
      s = steps == 0.0 ? 0.0 : std::floor(s * steps) / steps + up;
    }
    for (const bool drop : {false, true}) {
      const Curve roc = roc_curve(scores, labels, {.drop_intermediate = drop});
      const std::string row = name + (drop ? "_roc_dropped" : "_roc");
      expect_golden(row, 0, roc.x);
      expect_golden(row, 1, roc.y);
      expect_golden(row, 2, slice(roc.thresholds, 0, {1, roc.thresholds.size()}));
      expect_golden(name + "_areas", 0, area(roc));
    }
    const Curve pr = precision_recall_curve(scores, labels);
    expect_golden(name + "_pr", 0, pr.x);
    expect_golden(name + "_pr", 1, pr.y);
    expect_golden(name + "_pr", 2, slice(pr.thresholds, 0, {0, pr.thresholds.size() - 1}));
    AreaUnderROC auc;
    AveragePrecision ap;
    expect_golden(name + "_areas", 0, in_batches(auc, scores, labels));
    expect_golden(name + "_areas", 1, in_batches(ap, scores, labels));
    expect_golden(name + "_areas", 2, area(pr));
  }
}

TEST(Metrics, PrecisionAtNSharesTies) {
  const Tensor labels = tensor({1, 0, 1, 0, 0}, int64), scores = tensor({5, 4, 3, 3, 1});
  EXPECT_EQ(precision_at_n(scores, labels), 0.5);
  EXPECT_EQ(precision_at_n(scores, labels, 1), 1.0);
  EXPECT_EQ(precision_at_n(scores, labels, 3), 1.5 / 3.0);  // one of two that are equal, one of them right
  EXPECT_EQ(precision_at_n(scores, labels, 5), 0.4);
  PrecisionAtN metric(3);
  metric.update(scores, labels);
  EXPECT_EQ(metric.result(), 0.5);
}

TEST(Metrics, TakeProbabilitiesAndScores) {
  const Tensor labels = tensor({1, 0, 1}, uint8);
  EXPECT_EQ(accuracy(tensor({0.5, 0.49, 0.1}), labels), 2.0 / 3.0);
  EXPECT_EQ(accuracy(tensor({{0, 1}, {3, 2}, {0, 1}}), labels), 1.0);
  EXPECT_EQ(precision(tensor({0, 0, 0}, int64), labels), 0.0);
}

TEST(Metrics, StandInTheHistoryOfEveryEpoch) {
  set_seed(1);
  const Tensor x = wild("x", 0, {64, 3}).to(float32);
  Tensor y(Shape{64}, int64);
  for (std::int64_t i = 0; i < 64; ++i)
    y.mutable_data<std::int64_t>()[i] = x[i][0].item() > x[i][1].item() ? 1 : 0;
  const data::Batches batches(x, y, {.batch_size = 16});
  nn::Dense model(3, 2);
  optim::Adam adam({.learning_rate = 0.1});
  AreaUnderROC auc;
  Accuracy right;
  const auto loss = [&](const data::Batch& b) {
    return nn::sparse_categorical_crossentropy(model(b.x), b.y, {.from_logits = true});
  };
  const auto classes = [&](const data::Batch& b) { return Outcome{model(b.x), b.y}; };
  const auto scores = [&](const data::Batch& b) {
    const Tensor z = model(b.x).value();
    return Outcome{reshape(slice(z, 1, {1, 2}), {z.shape(0)}), b.y};
  };
  EpochFigures figures_of_epoch([&] {
    std::vector<Figure> out = figures(model, classes, batches, {&right});
    for (Figure& f : figures(model, scores, batches, {&auc}, "val_")) out.push_back(f);
    return out;
  });
  const History history = fit(model, adam, loss, batches,
                              {.epochs = 8, .callbacks = {&figures_of_epoch}, .verbose = Verbose::silent});
  EXPECT_GT(history.epochs.back().find("accuracy").value(), 0.9);
  EXPECT_GT(history.epochs.back().find("val_auc").value(), 0.95);
  EXPECT_TRUE(model.is_training());
  const auto numbers = figures(model,
                               [&](const data::Batch& b) {
                                 return Outcome{model(b.x), model(b.x).value()};
                               },
                               batches, {});
  EXPECT_TRUE(numbers.empty());
}

TEST(Metrics, SayWhatIsWrong) {
  const Tensor labels = tensor({1, 0, 1}, int64), scores = tensor({0.1, 0.2, 0.3});
  EXPECT_THROW_TEXT((void)mean_squared_error(zeros({3}), zeros({3, 1})), ShapeError,
                    "mse: predictions (3,) and targets (3, 1) must have one shape");
  EXPECT_THROW_TEXT((void)mean_absolute_error(zeros({3}), labels), DTypeError,
                    "mae: expects floating numbers");
  EXPECT_THROW_TEXT((void)MeanSquaredError().result(), DataError, "mse: there is no element");
  ExplainedVariance explained;
  explained.update(zeros({2, 3}), zeros({2, 3}));
  EXPECT_THROW_TEXT(explained.update(zeros({2, 2}), zeros({2, 2})), ShapeError,
                    "batches of 3 columns came before");
  EXPECT_THROW_TEXT((void)accuracy(scores, scores), DTypeError, "accuracy: labels must be int64 or uint8");
  EXPECT_THROW_TEXT((void)f1(zeros({2, 2}), labels), ShapeError,
                    "f1: predictions float32 (2, 2) do not fit labels (3,)");
  EXPECT_THROW_TEXT((void)recall(tensor({0, 1, 2}, int64), labels), DataError, "recall: there are 3 classes");
  EXPECT_THROW_TEXT((void)recall(tensor({0, -1, 2}, int64), labels), DataError, "example 1 has class -1");
  EXPECT_THROW_TEXT((void)recall(tensor({0, 1, 20000}, int64), labels), DataError,
                    "example 2 has class 20000");
  EXPECT_THROW_TEXT((void)Precision().result(), DataError, "precision: there is no example");
  EXPECT_THROW_TEXT((void)roc_auc(scores, tensor({1, 1, 1}, int64)), DataError,
                    "roc_auc: 3 examples of class 1 and 0 of class 0 have no such figure; it needs both");
  EXPECT_THROW_TEXT((void)average_precision(scores, tensor({0, 0, 0}, int64)), DataError,
                    "it needs some of class 1");
  EXPECT_THROW_TEXT((void)roc_auc(scores, tensor({1, 2, 1}, int64)), DataError, "example 1 has label 2");
  EXPECT_THROW_TEXT((void)roc_auc(full({3}, std::nan("")), labels), DataError,
                    "the score of example 0 is nan");
  EXPECT_THROW_TEXT((void)roc_auc(zeros({3, 1}), labels), ShapeError,
                    "scores (3, 1) and labels (3,) must both be");
  EXPECT_THROW_TEXT((void)roc_auc(scores, scores), DTypeError, "scores must be floating and labels int64");
  EXPECT_THROW_TEXT((void)precision_at_n(scores, labels, 4), DataError, "n must be from 1 to the 3 examples");
  EXPECT_THROW_TEXT((void)area({tensor({0, 2, 1}), tensor({0, 1, 2}), {}}), DataError,
                    "x neither rises nor falls");
}

}  // namespace
}  // namespace hourglass::training::metrics
