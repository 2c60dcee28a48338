#include "training/small_training.h"

#include <limits>

namespace hourglass::training {
namespace {

TEST(LearningRateScheduler, TakesEpochsFromZeroAndThePresentRate) {
  std::vector<std::pair<std::int64_t, double>> calls;
  LearningRateScheduler halve([&](std::int64_t epoch, double rate) {
    calls.emplace_back(epoch, rate);
    return epoch == 0 ? rate : rate / 2;
  });
  SmallTraining t;
  const History history = t.fit(3, {&halve});
  EXPECT_THAT(calls, ::testing::ElementsAre(std::pair(0, 0.01), std::pair(1, 0.01), std::pair(2, 0.005)));
  EXPECT_EQ(history.epochs[1].find("learning_rate"), 0.005);
  EXPECT_EQ(t.adam.learning_rate(), 0.0025);
  calls.clear();
  (void)t.fit({.epochs = 4, .callbacks = {&halve}, .verbose = Verbose::silent, .initial_epoch = 3});
  EXPECT_THAT(calls, ::testing::ElementsAre(std::pair(3, 0.0025)));
}

TEST(LearningRateScheduler, ScalesAScheduleThatBeginsAtZero) {
  LearningRateScheduler halve([](std::int64_t epoch, double rate) { return epoch == 1 ? rate / 2 : rate; });
  SmallTraining t;
  optim::SGD sgd({.learning_rate = optim::WarmUp{5, 0.1}});
  const History history =
      fit(t.model, sgd, t.loss(), t.data, {.epochs = 2, .callbacks = {&halve}, .verbose = Verbose::silent});
  EXPECT_EQ(history.epochs[0].find("learning_rate"), 0.1);
  EXPECT_EQ(history.epochs[1].find("learning_rate"), 0.05);
}

TEST(LearningRateScheduler, IsRecordedOnceBesideAnotherCallback) {
  LearningRateScheduler same([](std::int64_t, double rate) { return rate; });
  ReduceLROnPlateau reduce;
  SmallTraining t;
  EXPECT_EQ(t.fit(1, {&same, &reduce}).epochs.back().extra.size(), 1U);
}

TEST(LearningRateScheduler, RefusesWhatIsNoRate) {
  SmallTraining t;
  LearningRateScheduler bad([](std::int64_t, double) { return std::numeric_limits<double>::quiet_NaN(); });
  EXPECT_THROW_TEXT((void)t.fit(1, {&bad}), DataError, "the schedule gave nan for epoch 0");
  EXPECT_THROW_TEXT(LearningRateScheduler(LearningRateScheduler::Schedule()), DataError,
                    "there is no schedule");
}

}  // namespace
}  // namespace hourglass::training
