// A detector of sequences on drawn heartbeats: which are wrong, at which steps, and the same from a file.

#include "support/expect_error.h"
#include "support/folder.h"

#include <hourglass/anomaly/sequence_detector.h>
#include <hourglass/autoencoders/convolutional_1d.h>
#include <hourglass/autoencoders/recurrent.h>
#include <hourglass/data/heartbeats.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/sort.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/metrics/ranking.h>

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace hourglass::anomaly {
namespace {

namespace ae = autoencoders;

SequenceDetector fitted(const data::Heartbeats& beats) {
  set_seed(1);
  SequenceDetector detector(std::make_unique<ae::Convolutional1DAutoencoder>(
                                ae::Convolutional1DOptions{.steps = 60, .filters = 8, .latent = 4}),
                            {.epochs = 40, .learning_rate = 5e-3});
  detector.fit(beats.x);
  return detector;
}

TEST(SequenceDetector, FindsBeatsAndTheirSteps) {
  const data::Heartbeats train = data::drawn_heartbeats({.normal = 200, .abnormal = 0, .steps = 60}),
                         test =
                             data::drawn_heartbeats({.normal = 60, .abnormal = 60, .steps = 60, .seed = 2});
  const SequenceDetector detector = fitted(train);
  const Tensor scores = detector.score(test.x), wrong = not_equal(test.labels, 1.0).to(int64);
  EXPECT_GT(training::metrics::roc_auc(scores, wrong), 0.9);
  const Tensor steps = detector.step_scores(test.x);
  EXPECT_EQ(steps.shape(), (Shape{120, 60}));
  // Where a beat is wrong, more steps are beyond the usual than elsewhere.
  const Tensor beyond = greater(steps, 1.0).to(float64), there = test.wrong_steps.to(float64);
  const double inside = sum(beyond * there).item() / sum(there).item();
  const double outside = sum(beyond * (1.0 - there)).item() / sum(1.0 - there).item();
  EXPECT_GT(inside, 3.0 * outside);

  const Tensor order = argsort(scores, -1, {.descending = true});
  const SequenceExplanation why = detector.explain(test.x, order.data<std::int64_t>()[0]);
  ASSERT_FALSE(why.stretches.empty());
  EXPECT_EQ(why.score, max(scores).item());
  EXPECT_LE(why.stretches[0].begin, why.stretches[0].worst);
  EXPECT_LT(why.stretches[0].worst, why.stretches[0].end);
  EXPECT_THAT(why.str(), testing::HasSubstr("was expected"));
  EXPECT_THROW_TEXT((void)detector.explain(test.x, 120), IndexError, "there is no sequence 120");
  EXPECT_THROW_TEXT((void)detector.score(zeros({2, 61, 1})), ShapeError, "needs sequences (N, 60, F)");
}

TEST(SequenceDetector, GivesTheSameBitsFromAFile) {
  const Folder folder("hourglass_sequence_detector");
  const data::Heartbeats beats = data::drawn_heartbeats({.normal = 40, .abnormal = 8, .steps = 60});
  SequenceDetector detector = fitted(beats);
  detector.set_threshold(0.25);
  detector.save(folder / "d.h5");
  const SequenceDetector again = SequenceDetector::load(folder / "d.h5");
  EXPECT_EQ(max(abs(again.score(beats.x) - detector.score(beats.x))).item(), 0.0);
  EXPECT_EQ(max(abs(again.step_scores(beats.x) - detector.step_scores(beats.x))).item(), 0.0);
  EXPECT_EQ(again.threshold(), 0.25);
  EXPECT_EQ(again.predict(beats.x).str(), detector.predict(beats.x).str());
  EXPECT_EQ(again.p_value(again.score(beats.x)).str(), detector.p_value(detector.score(beats.x)).str());
}

TEST(SequenceDetector, LeavesOutWhatIsNotThere) {
  const data::Heartbeats beats = data::drawn_heartbeats({.normal = 12, .abnormal = 0, .steps = 20});
  set_seed(3);
  SequenceDetector detector(std::make_unique<ae::RecurrentAutoencoder>(ae::RecurrentOptions{
                                .steps = 20, .units = 4, .latent = 2, .cell = ae::Cell::gru}),
                            {.epochs = 1});
  detector.fit(beats.x);
  Tensor x = beats.x.clone();
  Tensor end = slice(x[0], 0, {15, 20});
  end.fill(std::numeric_limits<double>::quiet_NaN());
  const Tensor errors = detector.step_errors(x);
  EXPECT_TRUE(std::isnan(errors[0][15].item()));
  EXPECT_FALSE(std::isnan(errors[0][14].item()));
  EXPECT_NEAR(detector.score(x)[0].item(), mean(slice(errors[0], 0, {0, 15})).item(), 1e-12);
}

TEST(SequenceDetector, ReportsWhatDoesNotFit) {
  const auto model = [] {
    return std::make_unique<ae::RecurrentAutoencoder>(ae::RecurrentOptions{.steps = 20});
  };
  EXPECT_THROW_TEXT(SequenceDetector(nullptr), DataError, "the model is a null pointer");
  EXPECT_THROW_TEXT(SequenceDetector(model(), {.epochs = -1}), DataError, "epochs must be at least 0");
  EXPECT_THROW_TEXT(SequenceDetector(model(), {.step_quantile = 0.0}), DataError, "must be in (0, 1], got 0");
  SequenceDetector detector(model());
  EXPECT_THROW_TEXT((void)detector.score(zeros({2, 20, 1})), DataError, "needs a fitted detector");
  EXPECT_THROW_TEXT(detector.fit(zeros({2, 20})), ShapeError, "needs sequences (N, T, F), got shape (2, 20)");
  EXPECT_THROW_TEXT(detector.fit(zeros({1, 20, 1})), DataError, "1 sequences to learn from");
}

}  // namespace
}  // namespace hourglass::anomaly
