// The example of docs/callbacks.md, as written there.

#include "support/folder.h"

#include <hourglass/autoencoders/basic.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/callbacks.h>

#include <gmock/gmock.h>

#include <filesystem>

namespace hourglass::autoencoders {
namespace {

namespace fs = std::filesystem;

TEST(CallbacksExample, LeavesWhatItSays) {
  const Folder of_the_test("callbacks_example");
  const std::string folder = of_the_test.path;
  set_seed(1);
  const data::Batches train(uniform({32, 16}), {.batch_size = 8, .shuffle = true});
  const data::Batches validation(uniform({16, 16}));
  BasicAutoencoder model({.features = 16, .latent = 3});
  optim::Adam adam({.learning_rate = 0.01});

  using training::fit;
  // clang-format off
  training::BackupAndRestore backup(folder + "/backup.h5");
  training::SwapEMAWeights averages({.momentum = 0.9, .swap_on_epoch = true});
  training::LearningRateScheduler halve(
      [](std::int64_t epoch, double rate) { return epoch > 0 && epoch % 2 == 0 ? rate / 2 : rate; });
  training::EarlyStopping stopping({.patience = 3, .restore_best_weights = true});
  training::ModelCheckpoint best(folder + "/best.h5");
  training::CSVLogger log(folder + "/log.csv");
  training::TensorBoard board(folder + "/logs", {.histogram_freq = 1});
  const training::History history = fit(
      model, adam, [&](const data::Batch& b) { return model.loss(b.x); }, train,
      {.epochs = 5,
       .validation = &validation,
       .callbacks = {&backup, &averages, &halve, &stopping, &best, &log, &board}});
  // clang-format on

  EXPECT_EQ(history.epochs.size(), 5U);
  EXPECT_EQ(history.epochs.back().find("learning_rate"), 0.0025);
  EXPECT_FALSE(fs::exists(folder + "/backup.h5"));
  EXPECT_TRUE(fs::exists(folder + "/best.h5"));
  EXPECT_TRUE(fs::is_directory(folder + "/logs/validation"));
  const std::string rows = text_of(folder + "/log.csv");
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 6);
}

}  // namespace
}  // namespace hourglass::autoencoders
