#include "training/small_training.h"

#include <cmath>
#include <limits>

namespace hourglass::training {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// A run whose loss becomes nan in a batch of the whole, from 1.
struct Diverging : SmallTraining {
  History fit(std::int64_t at, std::vector<Callback*> callbacks, const std::string& checkpoint = "") {
    std::int64_t batch = 0;
    const auto poisoned = [&](const data::Batch& b) {
      before = bits();
      Variable value = nn::mean_squared_error(model(b.x), b.x);
      return ++batch == at ? value * kNan : value;
    };
    return training::fit(model, adam, poisoned, data,
                         {.epochs = 3,
                          .callbacks = std::move(callbacks),
                          .verbose = Verbose::silent,
                          .checkpoint = {.path = checkpoint, .every_batches = 1}});
  }
  std::string before;  // the weights with which the last loss was taken
};

TEST(TerminateOnNaN, EndsInOrderWithTheWeightsOfBefore) {
  const Folder folder("terminate");
  const std::string checkpoint = folder / "c.h5";
  TerminateOnNaN terminate;
  ModelCheckpoint best(folder / "best.h5", {.monitor = {.name = "loss"}});
  bool ended = false;
  LambdaCallback end({.on_train_end = [&](TrainingState&) { ended = true; }});
  Diverging t;
  const History history = t.fit(8, {&terminate, &best, &end}, checkpoint);
  EXPECT_EQ(t.bits(), t.before);
  EXPECT_EQ(t.adam.iterations(), 7);
  EXPECT_TRUE(ended);
  ASSERT_EQ(history.epochs.size(), 2U);
  EXPECT_TRUE(std::isfinite(history.epochs[0].loss));
  EXPECT_TRUE(std::isnan(history.epochs[1].loss));
  EXPECT_FALSE(history.interrupted);
  EXPECT_EQ(terminate.terminated_epoch(), 2);
  EXPECT_THAT(terminate.reason(), ::testing::HasSubstr("the loss became nan"));
  EXPECT_THAT(terminate.reason(), ::testing::HasSubstr("in epoch 2, batch 3"));

  SmallTraining saved;
  EXPECT_EQ(load_checkpoint(folder / "best.h5", saved.model, saved.adam), 1);
  Diverging resumed;  // from before the batch, with a loss that is good now
  const History rest = resumed.fit(0, {&terminate, &best, &end}, checkpoint);
  SmallTraining straight;
  EXPECT_TRUE(rest == straight.fit({.epochs = 3, .verbose = Verbose::silent}));
  EXPECT_EQ(resumed.bits(), straight.bits());
  EXPECT_EQ(terminate.terminated_epoch(), 0);
}

TEST(TerminateOnNaN, EndsInTheFirstBatchToo) {
  TerminateOnNaN terminate;
  Diverging t;
  const History history = t.fit(1, {&terminate});
  ASSERT_EQ(history.epochs.size(), 1U);
  EXPECT_TRUE(std::isnan(history.epochs[0].loss));
  EXPECT_THROW_TEXT((void)Diverging().fit(1, {}), NotFiniteError, "fit: the loss became nan");
}

TEST(TerminateOnNaN, EndsWhenAStepMakesWeightsInfinite) {
  const Folder folder("terminate");
  TerminateOnNaN terminate;
  optim::SGD sgd({.learning_rate = 1e30});
  SmallTraining t;
  const auto loss = [&](const data::Batch& b) { return nn::mean_squared_error(t.model(b.x), b.x) * 1e10; };
  const FitOptions options{.epochs = 3, .callbacks = {&terminate}, .verbose = Verbose::silent};
  (void)fit(t.model, sgd, loss, t.data, options);
  EXPECT_EQ(terminate.terminated_epoch(), 1);
  EXPECT_THAT(terminate.reason(), ::testing::HasSubstr("infinite or nan"));
}

TEST(TerminateOnNaN, EndsAfterAValidationWithoutANumber) {
  TerminateOnNaN terminate;
  SmallTraining t;
  Tensor bad({4, 4}, float32);
  bad.fill(kNan);
  const data::Batches validation(bad);
  bool epoch_ended = false;
  LambdaCallback seen({.on_epoch_end = [&](TrainingState&) { epoch_ended = true; }});
  const History history = t.fit(
      {.epochs = 3, .validation = &validation, .callbacks = {&terminate, &seen}, .verbose = Verbose::silent});
  ASSERT_EQ(history.epochs.size(), 1U);
  EXPECT_TRUE(std::isfinite(history.epochs[0].loss));
  EXPECT_TRUE(std::isnan(*history.epochs[0].val_loss));
  EXPECT_FALSE(epoch_ended);
}

}  // namespace
}  // namespace hourglass::training
