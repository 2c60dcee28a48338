#include "training/small_training.h"

namespace hourglass::training {
namespace {

TEST(LambdaCallback, TakesAFunctionForEachEvent) {
  std::string text;
  const auto say = [&](const char* what) { return [&text, what](TrainingState&) { text += what; }; };
  LambdaCallback all(
      {.on_train_begin = say("train("),
       .on_epoch_begin = say("epoch("),
       .on_batch_end = [&](TrainingState&, std::int64_t b, double) { text += std::to_string(b); },
       .on_test_begin = say(" test("),
       .on_test_end = say(")"),
       .on_epoch_end = say(") "),
       .on_train_end = say(")")});
  LambdaCallback none({});
  SmallTraining t;
  (void)t.fit(2, {&all, &none});
  EXPECT_EQ(text, "train(epoch(12345 test()) epoch(12345 test()) )");
}

TEST(Pictures, AreDrawnEveryNEpochsAndChangeNothing) {
  SmallTraining with;
  std::vector<std::int64_t> drawn;
  Pictures pictures(
      [&](std::int64_t epoch) {
        EXPECT_FALSE(with.model.is_training());
        (void)uniform({3});
        drawn.push_back(epoch);
      },
      {.every = 2});
  (void)with.fit(5, {&pictures});
  EXPECT_THAT(drawn, ::testing::ElementsAre(2, 4));
  EXPECT_TRUE(with.model.is_training());
  SmallTraining without;
  (void)without.fit(5, {});
  EXPECT_EQ(with.bits(), without.bits());
}

TEST(Pictures, SayWhatIsWrong) {
  EXPECT_THROW_TEXT(Pictures(nullptr), DataError, "there is no function to draw with");
  EXPECT_THROW_TEXT(Pictures([](std::int64_t) {}, {.every = 0}), DataError, "every must be at least 1");
}

}  // namespace
}  // namespace hourglass::training
