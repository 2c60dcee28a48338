#include "support/expect_error.h"

#include <gmock/gmock.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/training/callbacks.h>
#include <hourglass/training/checkpoint.h>
#include <hourglass/training/progress.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hourglass::training {
namespace {

using data::Batch;
using data::Batches;

struct Setting {
  Setting() {
    set_seed(3);
    x = normal({64, 4});
    y = sum(x * x, 1, {.keepdims = true});
    model = nn::Sequential{nn::Dense(4, 8, {.activation = relu}), nn::Dense(8, 1)};
  }
  auto loss() {
    return [this](const Batch& b) { return nn::mean_squared_error(model(b.x), b.y); };
  }
  Tensor x, y;
  nn::Sequential model;
  optim::Adam adam{optim::AdamOptions{.learning_rate = 0.01}};
};

FitOptions quiet(std::int64_t epochs) { return {.epochs = epochs, .verbose = Verbose::silent}; }

TEST(Fit, LearnsAndLeavesNoGraph) {
  Setting s;
  const std::int64_t alive = Node::live_ops();
  const Batches train(s.x, s.y, {.batch_size = 10, .shuffle = true}),
      validation(s.x, s.y, {.batch_size = 64});
  FitOptions options = quiet(30);
  options.validation = &validation;
  const History history = fit(s.model, s.adam, s.loss(), train, options);
  ASSERT_EQ(history.epochs.size(), 30U);
  EXPECT_LT(history.epochs.back().loss, 0.5 * history.epochs.front().loss);
  EXPECT_NEAR(*history.epochs.back().val_loss, evaluate(s.model, s.loss(), validation), 1e-12);
  EXPECT_EQ(s.adam.iterations(), 30 * 7);
  EXPECT_EQ(Node::live_ops(), alive);
}

TEST(Fit, GivesTheSameBitsForAnyNumberOfThreads) {
  const int before = num_threads();
  std::vector<std::string> hashes;
  for (const int threads : {1, 2, 3, 4}) {
    set_num_threads(threads);
    set_seed(1);
    nn::Sequential model{nn::Dense(100, 300, {.activation = relu}), nn::Dropout(0.2), nn::Dense(300, 100)};
    const Batches train(normal({256, 100}), {.batch_size = 128, .shuffle = true});
    optim::Adam adam;
    (void)fit(
        model, adam, [&](const Batch& b) { return nn::mean_squared_error(model(b.x), b.x); }, train,
        quiet(2));
    hashes.push_back(files::weights_sha256(model));
  }
  set_num_threads(before);
  EXPECT_THAT(hashes, ::testing::Each(hashes.front()));
}

TEST(Fit, ResumesToTheSameBits) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("resume_" + std::to_string(getpid()) + ".h5")).string();
  Setting straight, stopped;
  const Batches train(straight.x, straight.y, {.batch_size = 10, .shuffle = true});
  (void)fit(straight.model, straight.adam, straight.loss(), train, quiet(5));
  (void)fit(stopped.model, stopped.adam, stopped.loss(), train, quiet(2));
  save_checkpoint(path, stopped.model, stopped.adam, 2);
  Setting resumed;
  FitOptions rest = quiet(5);
  rest.initial_epoch = load_checkpoint(path, resumed.model, resumed.adam);
  (void)fit(resumed.model, resumed.adam, resumed.loss(), train, rest);
  EXPECT_EQ(files::weights_sha256(resumed.model), files::weights_sha256(straight.model));
  std::filesystem::remove(path);
}

struct Forgetful : nn::Layer {
  nn::Dense listed{4, 3}, forgotten{3, 1};
  Variable forward(const Variable& x) override { return forgotten(listed(x)); }
  void visit(nn::Visitor& v) override { v("listed", listed); }
};

TEST(Fit, SaysWhatIsWrong) {
  Setting s;
  const Batches train(s.x, s.y, {.batch_size = 10});
  EXPECT_THROW_TEXT((void)fit(s.model, s.adam, s.loss(), train, quiet(-1)), DataError,
                    "fit: epochs must not be negative, got -1");
  const Batches empty(zeros({0, 4}), zeros({0, 1}), {});
  EXPECT_THROW_TEXT((void)fit(s.model, s.adam, s.loss(), empty, quiet(1)), DataError,
                    "fit: the training data give no batch");
  const auto vector_loss = [&](const Batch& b) { return s.model(b.x); };
  EXPECT_THROW_TEXT((void)fit(s.model, s.adam, vector_loss, train, quiet(1)), ShapeError,
                    "must be one number, got shape (10, 1)");
  Forgetful forgetful;
  const auto its_loss = [&](const Batch& b) { return nn::mean_squared_error(forgetful(b.x), b.y); };
  EXPECT_THROW_TEXT((void)fit(forgetful, s.adam, its_loss, train, quiet(1)), GradientError,
                    "in Dense(3 -> 1)");
  optim::SGD wild({.learning_rate = 1e20});
  EXPECT_THROW_TEXT((void)fit(s.model, wild, s.loss(), train, quiet(5)), DataError,
                    "try a lower learning rate");
}

TEST(Fit, AddsRegularisersToTheLoss) {
  Setting s;
  nn::Dense model(4, 1, {.kernel_initializer = nn::constant(1.0), .kernel_regularizer = nn::L2(10.0)});
  const Batches one(zeros({1, 4}), zeros({1, 1}), {});
  const auto loss = [&](const Batch& b) { return nn::mean_squared_error(model(b.x), b.y); };
  EXPECT_EQ(evaluate(model, loss, one), 40.0);
}

TEST(Callbacks, StopEarlyAndRestoreTheBest) {
  Setting s;
  const Batches train(s.x, s.y, {.batch_size = 64});
  EarlyStopping stopping({.patience = 2, .restore_best_weights = true});
  struct Spoil : Callback {  // raises the loss that is judged from the fourth epoch on
    void on_epoch_end(TrainingState& state) override {
      EpochRecord& record = state.history.epochs.back();
      record.val_loss = record.epoch <= 3 ? 1.0 / static_cast<double>(record.epoch) : 2.0;
      if (record.epoch == 3) best = files::weights_sha256(state.model);
    }
    std::string best;
  } spoil;
  FitOptions options = quiet(20);
  options.callbacks = {&spoil, &stopping};
  const History history = fit(s.model, s.adam, s.loss(), train, options);
  EXPECT_EQ(history.epochs.size(), 5U);  // as in Keras: two epochs in a row without an improvement
  EXPECT_EQ(stopping.stopped_epoch(), 5);
  EXPECT_EQ(stopping.best_epoch(), 3);
  EXPECT_EQ(files::weights_sha256(s.model), spoil.best);
}

TEST(Callbacks, KeepTheBestModel) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("best_" + std::to_string(getpid()) + ".h5")).string();
  Setting s;
  const Batches train(s.x, s.y, {.batch_size = 64});
  ModelCheckpoint checkpoint(path);
  struct Worse : Callback {
    void on_epoch_end(TrainingState& state) override {
      state.history.epochs.back().val_loss = static_cast<double>(state.history.epochs.size());
      if (state.history.epochs.size() == 1) first = files::weights_sha256(state.model);
    }
    std::string first;
  } worse;
  FitOptions options = quiet(3);
  options.callbacks = {&worse, &checkpoint};
  (void)fit(s.model, s.adam, s.loss(), train, options);
  files::load(path, s.model);
  EXPECT_EQ(files::weights_sha256(s.model), worse.first);
  std::filesystem::remove(path);
}

TEST(Progress, LooksLikeKeras) {
  EXPECT_EQ(progress_line(1875, 1875, 1.9, {.loss = 0.02432, .val_loss = 0.00911}),
            "1875/1875 [==============================] - 2s 1ms/step - loss: 0.0243 - val_loss: 0.0091");
  EXPECT_THAT(progress_line(1, 1, 0.1, {.loss = 2.0, .extra = {{"dead_units", 850.0}, {"share", 0.5}}}),
              ::testing::EndsWith(" - loss: 2.0000 - dead_units: 850 - share: 0.5000"));
  EXPECT_EQ(progress_line(10, 20, 0.001, {.loss = 0.5}),
            "10/20 [===============>..............] - 0s 0ms/step - loss: 0.5000");
}

TEST(History, WritesItsColumns) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("history_" + std::to_string(getpid()) + ".csv")).string();
  History history;
  history.epochs.push_back(
      {.epoch = 1, .loss = 0.5, .val_loss = 0.25, .seconds = 1.5, .extra = {{"kl", 2.0}}});
  history.epochs.push_back({.epoch = 2, .loss = 0.125, .seconds = 1.0, .extra = {{"kl", 3.0}}});
  history.to_csv(path);
  std::ifstream in(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}),
            "epoch,loss,val_loss,seconds,kl\n1,0.5,0.25,1.5000,2\n2,0.125,,1.0000,3\n");
  std::filesystem::remove(path);
  EXPECT_THROW_TEXT(history.to_csv("/no/such/folder/history.csv"), FileError,
                    "cannot write /no/such/folder/history.csv");
}

}  // namespace
}  // namespace hourglass::training
