// Thresholds by hand, and the tail of distributions that are known.

#include "support/expect_error.h"

#include <hourglass/anomaly/thresholds.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <cmath>
#include <limits>

namespace hourglass::anomaly {
namespace {

const Tensor kScores = tensor({4.0, 1.0, 2.0, 3.0, 10.0}, float64);

TEST(Threshold, ByHand) {
  const auto at = [](ThresholdKind kind, std::optional<double> value = {}) {
    return threshold(kScores, {kind, value});
  };
  EXPECT_NEAR(at(ThresholdKind::sigma, 2.0), 4.0 + 2.0 * std::sqrt(10.0), 1e-12);
  EXPECT_NEAR(at(ThresholdKind::quantile, 0.9), 4.0 + 0.6 * 6.0, 1e-12);
  EXPECT_NEAR(at(ThresholdKind::contamination, 0.25), 4.0, 1e-12);
  EXPECT_NEAR(at(ThresholdKind::mad), 3.0 + 3.5 * 1.4826 * 1.0, 1e-12);
  EXPECT_NEAR(at(ThresholdKind::iqr), 4.0 + 1.5 * 2.0, 1e-12);
  EXPECT_EQ(at(ThresholdKind::automatic), at(ThresholdKind::mad));  // few scores
}

TEST(Threshold, TailIsExceededAsOftenAsAskedFor) {
  Generator generator(3);
  const Tensor u = uniform({20000}, 0.0, 1.0, generator, float64);
  const Tensor exponential = -log(1.0 - u), heavy = (pow(1.0 - u, -0.3) - 1.0) / 0.3;
  const double p = 0.001, e = threshold(exponential, {ThresholdKind::tail, p}),
               h = threshold(heavy, {ThresholdKind::tail, p});
  EXPECT_NEAR(std::exp(-e), p, 0.3 * p);
  EXPECT_NEAR(std::pow(1.0 + 0.3 * h, -1.0 / 0.3), p, 0.3 * p);
  EXPECT_EQ(threshold(exponential), threshold(exponential, {ThresholdKind::tail, 0.01}));
}

TEST(Threshold, ParetoParametersComeBack) {
  Generator generator(4);
  const Tensor u = uniform({50000}, 0.0, 1.0, generator, float64);
  const Tail tail = fit_tail(2.0 * (pow(1.0 - u, -0.2) - 1.0) / 0.2);
  EXPECT_NEAR(tail.shape, 0.2, 0.03);
  EXPECT_NEAR(tail.scale, 2.0, 0.06);
  EXPECT_NEAR(fit_tail(u).shape, -1.0, 0.05);  // a uniform distribution ends
  EXPECT_NEAR((Tail{0.0, 3.0}).quantile(std::exp(-2.0)), 6.0, 1e-12);
}

TEST(Threshold, EqualScoresHaveOneToo) {
  const Tensor same = full({200}, 1.5, float64);
  for (const ThresholdKind kind : {ThresholdKind::automatic, ThresholdKind::sigma, ThresholdKind::mad,
                                   ThresholdKind::iqr, ThresholdKind::quantile})
    EXPECT_NEAR(threshold(same, {kind, {}}), 1.5, 1e-9);
}

TEST(Threshold, BestF1LiesBetweenTheClasses) {
  const Tensor labels = tensor({0, 0, 0, 1, 1}, int64);
  const BestThreshold best = best_f1(tensor({0.1, 0.4, 0.2, 0.8, 0.6}, float64), labels);
  EXPECT_DOUBLE_EQ(best.f1, 1.0);
  EXPECT_DOUBLE_EQ(best.threshold, 0.5);
  // TP, FP: {0.8} 1, 0; {0.8, 0.6} 1, 1; all from 0.4 on 2, 1: F1 = 0.8
  const BestThreshold other = best_f1(tensor({0.1, 0.6, 0.2, 0.8, 0.4}, float64), labels);
  EXPECT_DOUBLE_EQ(other.f1, 0.8);
  EXPECT_DOUBLE_EQ(other.threshold, 0.3);
}

TEST(Threshold, SaysWhatIsWrong) {
  EXPECT_THROW_TEXT(static_cast<void>(threshold(zeros({1}))), DataError, "two at least, got shape (1,)");
  EXPECT_THROW_TEXT(static_cast<void>(threshold(tensor({1.0, std::nan("")}, float64))), DataError,
                    "nan or infinite");
  EXPECT_THROW_TEXT(static_cast<void>(threshold(kScores, {ThresholdKind::quantile, 1.5})), DataError,
                    "value of quantile must be above 0");
  EXPECT_THROW_TEXT(static_cast<void>(threshold(kScores, {ThresholdKind::automatic, 0.1})), DataError,
                    "takes no value");
  EXPECT_THROW_TEXT(static_cast<void>(fit_tail(zeros({5}))), DataError, "nor all 0");
}

}  // namespace
}  // namespace hourglass::anomaly
