#include "training/small_training.h"

#include <hourglass/autograd/ops/reduce.h>

#include <csignal>

namespace hourglass::training {
namespace {

// y = w with one weight that each step raises by one: w = 1, 2, 3, …
struct Counting {
  explicit Counting(SwapEMAWeightsOptions options) : ema(options) { model.kernel.set_value(zeros({1, 1})); }
  History fit(std::int64_t epochs, std::vector<Callback*> others, bool validate = true) {
    others.insert(others.begin(), &ema);
    const auto loss = [this](const data::Batch& b) {
      if (!model.is_training()) seen.push_back(weight());
      return sum(model(b.x)) * (model.is_training() ? -0.5 : 1.0);
    };
    return training::fit(model, sgd, loss, data,
                         {.epochs = epochs,
                          .validation = validate ? Source(&data) : Source(),
                          .callbacks = std::move(others),
                          .verbose = Verbose::silent});
  }
  [[nodiscard]] double weight() const { return model.kernel.value().item(); }

  nn::Dense model{1, 1, {.bias = false}};
  optim::SGD sgd{{.learning_rate = 1.0}};
  data::Batches data{ones({4, 1}), {.batch_size = 2}};  // two steps an epoch
  SwapEMAWeights ema;
  std::vector<double> seen;  // weights of the validations, for each of its batches
};

TEST(SwapEMAWeights, ValidatesWithAveragesAndTrainsWithWeights) {
  Counting c({.momentum = 0.5});
  std::vector<double> at_the_end;
  LambdaCallback look({.on_epoch_end = [&](TrainingState&) { at_the_end.push_back(c.weight()); }});
  const History history = c.fit(2, {&look});
  // a = 0, then (0 + 1) / 2, (0.5 + 2) / 2, (1.25 + 3) / 2, (2.125 + 4) / 2
  EXPECT_THAT(c.seen, ::testing::ElementsAre(1.25, 1.25, 3.0625, 3.0625));
  EXPECT_THAT(at_the_end, ::testing::ElementsAre(2.0, 4.0));
  EXPECT_EQ(*history.epochs.back().val_loss, 2 * 3.0625);
  EXPECT_EQ(c.weight(), 3.0625);
}

TEST(SwapEMAWeights, UpdatesAtEachSoManiethStep) {
  Counting c({.momentum = 0.5, .every = 2});
  (void)c.fit(2, {});
  EXPECT_THAT(c.seen, ::testing::ElementsAre(1.0, 1.0, 2.5, 2.5));
}

TEST(SwapEMAWeights, LetsLaterCallbacksSaveTheAverages) {
  const Folder folder("swap_ema");
  Counting c({.momentum = 0.5, .swap_on_epoch = true});
  ModelCheckpoint last(folder / "last.h5", {.save_best_only = false});
  double done = 0.0;
  LambdaCallback begin({.on_epoch_begin = [&](TrainingState&) { done = c.weight(); }});
  (void)c.fit(2, {&last, &begin});
  EXPECT_EQ(done, 2.0) << "the second epoch goes on with the weights themselves";
  nn::Dense saved{1, 1, {.bias = false}};
  files::load(folder / "last.h5", saved);
  EXPECT_EQ(saved.kernel.value().item(), 3.0625);
}

TEST(SwapEMAWeights, PutsTheWeightsBackWhateverHappens) {
  Counting c({.momentum = 0.5, .swap_on_epoch = true});
  LambdaCallback in_test({.on_test_begin = [](TrainingState&) { throw Killed(); }});
  EXPECT_THROW((void)c.fit(1, {&in_test}), Killed);
  EXPECT_EQ(c.weight(), 2.0);
  LambdaCallback at_end({.on_epoch_end = [](TrainingState&) { throw Killed(); }});
  EXPECT_THROW((void)c.fit(1, {&at_end}, false), Killed);
  EXPECT_EQ(c.weight(), 4.0);
  LambdaCallback interrupt({.on_epoch_begin = [](TrainingState&) { (void)std::raise(SIGINT); }});
  EXPECT_TRUE(c.fit(1, {&interrupt}).interrupted);
  EXPECT_EQ(c.weight(), 5.0);
}

TEST(SwapEMAWeights, CountsStepsAndNotBatches) {
  Counting c({.momentum = 0.5});
  optim::SGD slow({.learning_rate = 1.0, .gradient_accumulation_steps = 2});
  const auto loss = [&](const data::Batch& b) { return sum(c.model(b.x)) * -0.5; };
  (void)fit(c.model, slow, loss, c.data, {.epochs = 2, .callbacks = {&c.ema}, .verbose = Verbose::silent});
  EXPECT_EQ(c.weight(), 1.25);
}

TEST(SwapEMAWeights, RefusesImpossibleOptions) {
  EXPECT_THROW_TEXT(SwapEMAWeights({.momentum = 1.0}), DataError, "momentum must be in [0, 1)");
  EXPECT_THROW_TEXT(SwapEMAWeights({.every = 0}), DataError, "every must be at least 1");
}

}  // namespace
}  // namespace hourglass::training
