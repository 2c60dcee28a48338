#include "support/expect_error.h"

#include <gmock/gmock.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/training/callbacks.h>
#include <hourglass/training/checkpoint.h>
#include <hourglass/training/curves.h>
#include <hourglass/training/fit.h>
#include <hourglass/training/progress.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hourglass::training {
namespace {

namespace fs = std::filesystem;
using data::Batch;
using data::Batches;

// A folder of its own, gone afterwards.
struct Folder {
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::string path = (fs::temp_directory_path() / ("training it's " + std::to_string(getpid()))).string();
};

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Setting {
  explicit Setting(std::uint64_t seed = 3) {
    set_seed(seed);
    x = normal({60, 4});
    model = nn::Sequential{nn::Dense(4, 8, {.activation = tanh}), nn::Dropout(0.3), nn::Dense(8, 4)};
  }
  auto loss() {
    return [this](const Batch& b) { return nn::mean_squared_error(model(b.x), b.x); };
  }
  Tensor x;
  nn::Sequential model;
  optim::Adam adam{optim::AdamOptions{.learning_rate = 0.01}};
};

FitOptions quiet(std::int64_t epochs, std::vector<Callback*> callbacks = {}) {
  return {.epochs = epochs, .callbacks = std::move(callbacks), .verbose = Verbose::silent};
}

// Sets val_loss to what the test says.
struct Say : Callback {
  explicit Say(std::vector<double> v) : values(std::move(v)) {}
  void on_epoch_end(TrainingState& s) override {
    s.history.epochs.back().val_loss = values.at(static_cast<std::size_t>(s.epoch - 1));
  }
  std::vector<double> values;
};

TEST(Callbacks, AreCalledInOrder) {
  struct Log : Callback {
    void on_train_begin(TrainingState& s) override { text += "train/" + std::to_string(s.epochs) + " "; }
    void on_epoch_begin(TrainingState& s) override { text += "epoch" + std::to_string(s.epoch) + " "; }
    void on_batch_end(TrainingState&, std::int64_t batch, double) override {
      text += std::to_string(batch) + " ";
    }
    void on_epoch_end(TrainingState&) override { text += "end "; }
    void on_train_end(TrainingState&) override { text += "done"; }
    std::string text;
  } log;
  Setting s;
  (void)fit(s.model, s.adam, s.loss(), Batches(s.x, {.batch_size = 30}), quiet(2, {&log}));
  EXPECT_EQ(log.text, "train/2 epoch1 1 2 end epoch2 1 2 end done");
}

TEST(Callbacks, StopWithinAnEpoch) {
  struct Stop : Callback {
    void on_batch_end(TrainingState& s, std::int64_t batch, double) override { s.stop = batch == 2; }
  } stop;
  Setting s;
  const History history = fit(s.model, s.adam, s.loss(), Batches(s.x, {.batch_size = 10}), quiet(5, {&stop}));
  EXPECT_EQ(history.epochs.size(), 1U);
  EXPECT_EQ(s.adam.iterations(), 2);
}

TEST(Fit, WeighsAShortBatchByItsExamples) {
  Setting s;
  optim::SGD still({.learning_rate = 0.0});
  s.model.eval();
  nn::Dense model(4, 4);
  const auto loss = [&](const Batch& b) { return nn::mean_squared_error(model(b.x), b.x); };
  const History history = fit(model, still, loss, Batches(s.x, {.batch_size = 50}), quiet(1));
  EXPECT_NEAR(history.epochs.front().loss, evaluate(model, loss, Batches(s.x, {.batch_size = 60})), 1e-7);
}

TEST(Fit, CountsEpochsFromTheInitialOne) {
  Setting s;
  FitOptions options = quiet(5);
  options.initial_epoch = 3;
  const History history = fit(s.model, s.adam, s.loss(), Batches(s.x), options);
  ASSERT_EQ(history.epochs.size(), 2U);
  EXPECT_EQ(history.epochs.front().epoch, 4);
  options.initial_epoch = 5;
  EXPECT_TRUE(fit(s.model, s.adam, s.loss(), Batches(s.x), options).epochs.empty());
}

TEST(Fit, LeavesNoGraphAfterAnError) {
  Setting s;
  const std::int64_t alive = Node::live_ops();
  optim::SGD wild({.learning_rate = 1e30});
  EXPECT_THROW_TEXT((void)fit(s.model, wild, s.loss(), Batches(s.x, {.batch_size = 30}), quiet(9)), DataError,
                    "in epoch 1, batch 2");
  EXPECT_EQ(Node::live_ops(), alive);
}

TEST(Evaluate, LeavesTheModesAsTheyWere) {
  Setting s;
  s.model.train();
  s.model[1].eval();
  {
    const nn::Evaluating evaluating(s.model);
    EXPECT_FALSE(s.model[0].is_training());
    EXPECT_FALSE(is_recording());
  }
  EXPECT_TRUE(is_recording());
  EXPECT_TRUE(s.model.is_training());
  EXPECT_TRUE(s.model[0].is_training());
  EXPECT_FALSE(s.model[1].is_training());
}

TEST(EarlyStopping, CountsOnlyEnoughImprovement) {
  Setting s;
  Say say({1.0, 0.95, 0.93, 0.5, 0.5});
  EarlyStopping stopping({.patience = 2, .min_delta = 0.1});
  const History history = fit(s.model, s.adam, s.loss(), Batches(s.x), quiet(5, {&say, &stopping}));
  EXPECT_EQ(history.epochs.size(), 3U);
  EXPECT_EQ(stopping.best_epoch(), 1);
}

TEST(EarlyStopping, WatchesAnyFigureEitherWay) {
  struct Accuracy : Callback {
    void on_epoch_end(TrainingState& s) override {
      s.history.epochs.back().extra.emplace_back("accuracy",
                                                 s.epoch <= 2 ? 0.1 * static_cast<double>(s.epoch) : 0.0);
    }
  } accuracy;
  Setting s;
  EarlyStopping stopping({.monitor = {.name = "accuracy", .maximize = true}, .patience = 1});
  (void)fit(s.model, s.adam, s.loss(), Batches(s.x), quiet(9, {&accuracy, &stopping}));
  EXPECT_EQ(stopping.best_epoch(), 2);
  EXPECT_EQ(stopping.stopped_epoch(), 3);
}

TEST(EarlyStopping, SaysWhatThereIsToWatch) {
  Setting s;
  EarlyStopping stopping;
  EXPECT_THROW_TEXT(
      (void)fit(s.model, s.adam, s.loss(), Batches(s.x), quiet(2, {&stopping})), DataError,
      "EarlyStopping: watches \"val_loss\", but the epoch has only loss; give FitOptions::validation");
  EXPECT_THROW_TEXT(EarlyStopping({.patience = -1}), DataError,
                    "patience must not be negative, got -1; 0 stops at the first epoch");
}

TEST(ReduceLROnPlateau, LowersTheRateAndRecordsIt) {
  Setting s;
  Say say({1.0, 1.0, 1.0, 1.0});
  ReduceLROnPlateau reduce({.plateau = {.factor = 0.5, .patience = 2}});
  const History history = fit(s.model, s.adam, s.loss(), Batches(s.x), quiet(4, {&say, &reduce}));
  std::vector<double> rates;
  for (const EpochRecord& e : history.epochs) rates.push_back(*e.find("learning_rate"));
  EXPECT_THAT(rates, ::testing::ElementsAre(0.01, 0.01, 0.01, 0.005));
}

TEST(Checkpoint, ResumesWithDropoutToTheSameBits) {
  const Folder folder;
  Setting straight;
  const Batches train(straight.x, {.batch_size = 10, .shuffle = true});
  (void)fit(straight.model, straight.adam, straight.loss(), train, quiet(4));
  Setting stopped;
  (void)fit(stopped.model, stopped.adam, stopped.loss(), train, quiet(1));
  save_checkpoint(folder.path + "/c.h5", stopped.model, stopped.adam, 1);
  Setting resumed(99);
  FitOptions rest = quiet(4);
  rest.initial_epoch = load_checkpoint(folder.path + "/c.h5", resumed.model, resumed.adam);
  EXPECT_EQ(rest.initial_epoch, 1);
  (void)fit(resumed.model, resumed.adam, resumed.loss(), train, rest);
  EXPECT_EQ(files::weights_sha256(resumed.model), files::weights_sha256(straight.model));
}

TEST(Checkpoint, ChangesNothingIfItDoesNotFit) {
  const Folder folder;
  const std::string path = folder.path + "/c.h5";
  Setting s;
  (void)fit(s.model, s.adam, s.loss(), Batches(s.x), quiet(2));
  save_checkpoint(path, s.model, s.adam, 2);
  nn::Sequential other{nn::Dense(4, 5)};
  const std::string before = files::weights_sha256(other);
  optim::Adam adam;
  EXPECT_THROW_TEXT((void)load_checkpoint(path, other, adam), FileError, "of another form: 0.kernel");
  EXPECT_EQ(files::weights_sha256(other), before);
  EXPECT_EQ(adam.iterations(), 0);
  files::save(path, s.model);
  EXPECT_THROW_TEXT((void)load_checkpoint(path, s.model, s.adam), FileError, "has no group /optimizer");
}

TEST(Curves, AreDrawnFromTheFilesThatAreLeft) {
  const Folder folder;
  History history;
  history.epochs.push_back({.epoch = 1, .loss = 0.5, .val_loss = 0.25, .seconds = 1.5});
  history.epochs.push_back({.epoch = 2, .loss = 0.4, .val_loss = 0.2, .seconds = 1.5});
  const bool drawn = draw_curves(history, folder.path, "it's `touch hacked` $(touch hacked) a_b");
  EXPECT_EQ(drawn, fs::exists(folder.path + "/curves.png"));
  EXPECT_EQ(drawn, std::system("command -v gnuplot > /dev/null") == 0);
  EXPECT_TRUE(fs::exists(folder.path + "/history.csv"));
  EXPECT_FALSE(fs::exists(folder.path + "/hacked"));
  EXPECT_THAT(text_of(folder.path + "/curves.gp"), ::testing::HasSubstr("set title 'it''s `touch hacked`"));
}

TEST(Curves, AreLogarithmicWhereTheLossFallsByDecades) {
  const Folder folder;
  History history;
  history.epochs.push_back({.epoch = 1, .loss = 0.5, .val_loss = 0.3});
  (void)draw_curves(history, folder.path, "one epoch");
  EXPECT_THAT(text_of(folder.path + "/curves.gp"), ::testing::Not(::testing::HasSubstr("logscale")));
  history.epochs.push_back({.epoch = 2, .loss = 0.1, .val_loss = 0.01});
  (void)draw_curves(history, folder.path, "two epochs");
  EXPECT_THAT(text_of(folder.path + "/curves.gp"), ::testing::HasSubstr("set logscale y"));
}

TEST(Curves, CountWholeEpochs) {
  const Folder folder;
  History history;
  const auto expect_ticks = [&](std::int64_t epochs, const char* ticks) {
    while (std::ssize(history.epochs) < epochs)
      history.epochs.push_back({.epoch = std::ssize(history.epochs) + 1, .loss = 0.5});
    (void)draw_curves(history, folder.path, "ticks");
    EXPECT_THAT(text_of(folder.path + "/curves.gp"), ::testing::HasSubstr(ticks));
  };
  expect_ticks(1, "set xtics 1\n");
  expect_ticks(10, "set xtics 1\n");
  expect_ticks(23, "set xtics 3\n");
}

TEST(Curves, AreWholeFilesThroughLinks) {
  const Folder folder;
  History history;
  history.epochs.push_back({.epoch = 1, .loss = 0.5});
  fs::create_symlink("elsewhere.png", folder.path + "/curves.png");
  if (!draw_curves(history, folder.path, "link")) GTEST_SKIP() << "gnuplot is not installed";
  EXPECT_TRUE(fs::is_symlink(folder.path + "/curves.png"));
  EXPECT_EQ(text_of(folder.path + "/elsewhere.png").substr(1, 3), "PNG");
  for (const auto& entry : fs::directory_iterator(folder.path))
    EXPECT_EQ(entry.path().string().find(".tmp-"), std::string::npos) << entry.path();
  const std::string drawn = text_of(folder.path + "/curves.png");
  EXPECT_EQ(std::system(("cd \"" + folder.path + "\" && gnuplot curves.gp").c_str()), 0);
  EXPECT_EQ(text_of(folder.path + "/curves.png"), drawn);
}

TEST(Curves, SayThatThereIsNoGnuplot) {
  const Folder folder;
  const std::string path = std::getenv("PATH");
  History history;
  history.epochs.push_back({.epoch = 1, .loss = -0.5});
  setenv("PATH", folder.path.c_str(), 1);
  const bool drawn = draw_curves(history, folder.path, "none");
  setenv("PATH", path.c_str(), 1);
  EXPECT_FALSE(drawn);
  EXPECT_THAT(text_of(folder.path + "/curves.gp"), ::testing::Not(::testing::HasSubstr("logscale")));
}

TEST(History, TakesColumnsThatBeginLater) {
  const Folder folder;
  History history;
  history.epochs.push_back({.epoch = 1, .loss = 0.5, .seconds = 1.0});
  history.epochs.push_back({.epoch = 2, .loss = 0.25, .seconds = 1.0, .extra = {{"a,b", 2.0}}});
  history.to_csv(folder.path + "/h.csv");
  EXPECT_EQ(text_of(folder.path + "/h.csv"),
            "epoch,loss,val_loss,seconds,\"a,b\"\n1,0.5,,1.0000,\n2,0.25,,1.0000,2\n");
}

TEST(Progress, PrintsOneLineAnEpochWhereThereIsNoTerminal) {
  Setting s;
  const Batches train(s.x, {.batch_size = 20});
  ::testing::internal::CaptureStdout();
  (void)fit(s.model, s.adam, s.loss(), train, {.epochs = 2, .validation = &train});
  const std::string text = ::testing::internal::GetCapturedStdout();
  EXPECT_THAT(text,
              ::testing::MatchesRegex(
                  "Epoch 1/2: 3/3 \\[={30}\\] - 0s [0-9]+ms/step - loss: [0-9.]+ - val_loss: [0-9.]+\n"
                  "Epoch 2/2: 3/3 \\[={30}\\] - 0s [0-9]+ms/step - loss: [0-9.]+ - val_loss: [0-9.]+\n"));
}

}  // namespace
}  // namespace hourglass::training
