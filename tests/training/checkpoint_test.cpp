// What a checkpoint holds, beyond what tests/autoencoders/resume_test shows.

#include "support/expect_error.h"

#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/callbacks.h>
#include <hourglass/training/checkpoint.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <limits>

namespace hourglass::training {
namespace {

namespace fs = std::filesystem;
using data::Batch;
using data::Batches;

struct Folder {
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path = (fs::temp_directory_path() / ("checkpoint_" + std::to_string(getpid()))).string();
  std::string file = path + "/c.h5";
};

Tensor numbers() {
  Generator generator(1);
  return uniform({40, 4}, 0.0, 1.0, generator);
}

struct Setting {
  explicit Setting(std::uint64_t seed = 3, optim::AdamOptions options = {})
      : critic_noise(seed), adam(std::move(options)) {
    set_seed(seed);
    model = nn::Dense(4, 4);
    critic = nn::Dense(4, 1);
  }
  auto loss() {
    return [this](const Batch& b) {
      const Variable noise = normal(b.x.shape(), 0.0, 0.1, critic_noise);
      return nn::mean_squared_error(model(b.x + noise), b.x);
    };
  }
  nn::Dense model{4, 4}, critic{4, 1};
  Generator critic_noise;
  optim::Adam adam, critic_adam;
  Batches data{numbers(), {.batch_size = 8, .shuffle = true}};
};

FitOptions options_for(const std::string& path, std::int64_t epochs) {
  return {.epochs = epochs, .verbose = Verbose::silent, .checkpoint = {.path = path}};
}

TEST(Checkpoint, HoldsSeveralModelsAndOptimizersByName) {
  const Folder folder;
  Setting s;
  const auto parts = [](Setting& of) {
    return Parts{
        {"generator", of.model}, {"critic", of.critic}, {"adam", of.adam}, {"noise", of.critic_noise}};
  };
  (void)s.critic_noise.next();
  save_checkpoint(folder.file, parts(s), 7);
  Setting other(8);
  EXPECT_EQ(load_checkpoint(folder.file, parts(other)), 7);
  EXPECT_EQ(files::weights_sha256(other.model), files::weights_sha256(s.model));
  EXPECT_EQ(files::weights_sha256(other.critic), files::weights_sha256(s.critic));
  EXPECT_EQ(other.critic_noise.state().draws, 1U);

  const std::string before = files::weights_sha256(other.model);
  nn::Dense wide(9, 9);
  Parts wrong = parts(other);
  wrong.emplace_back("wide", wide);
  EXPECT_THROW_TEXT((void)load_checkpoint(folder.file, wrong), FileError, "it has no group /wide");
  wrong = {{"generator", other.critic_adam}};
  EXPECT_THROW_TEXT((void)load_checkpoint(folder.file, wrong), DataError, "not a state of this optimizer");
  EXPECT_EQ(files::weights_sha256(other.model), before);
  EXPECT_THROW_TEXT(save_checkpoint(folder.file, {{"a", s.model}, {"a", s.critic}}), DataError,
                    "the name \"a\" stands among the parts twice; give each its own");
}

TEST(Checkpoint, RestoresAllPartsIfOneDoesNotFit) {
  const Folder folder;
  Setting s;
  save_checkpoint(folder.file, {{"first", s.model}, {"second", s.critic}});
  Setting other(8);
  const std::string before = files::weights_sha256(other.model);
  const std::uint64_t draws = default_generator().state().draws;
  EXPECT_THROW_TEXT((void)load_checkpoint(folder.file, {{"first", other.model}, {"second", other.model}}),
                    FileError, "of another form");
  EXPECT_EQ(files::weights_sha256(other.model), before);
  EXPECT_EQ(default_generator().state().draws, draws);
}

struct Killed {};
struct KillAt : Callback {
  explicit KillAt(std::int64_t b) : at(b) {}
  void on_batch_end(TrainingState& /*state*/, std::int64_t /*batch*/, double /*loss*/) override {
    if (++calls == at) throw Killed();
  }
  std::int64_t at, calls = 0;
};

TEST(Checkpoint, KeepsAccumulatedGradientsAndGeneratorsOfTheLoss) {
  const auto run = [](const std::string& path, std::int64_t kill_at) {
    Setting s(3, {.gradient_accumulation_steps = 2});  // of 5 batches in an epoch: the last waits
    KillAt kill(kill_at);
    FitOptions options = options_for(path, 3);
    options.checkpoint.every_batches = 1;
    options.checkpoint.also = {{"noise", s.critic_noise}};
    options.callbacks = {&kill};
    try {
      (void)fit(s.model, s.adam, s.loss(), s.data, options);
    } catch (const Killed&) {
      return std::string("killed");
    }
    return files::weights_sha256(s.model);
  };
  const Folder folder;
  const std::string straight = run(folder.path + "/straight.h5", 0);
  for (std::int64_t at = 1; at <= 15; ++at) {
    fs::remove(folder.file);
    EXPECT_EQ(run(folder.file, at), "killed");
    EXPECT_EQ(run(folder.file, 0), straight) << at;
  }
}

// Stops for a reason that does not last, such as the time of day.
struct Pause : Callback {
  void on_batch_end(TrainingState& state, std::int64_t /*batch*/, double /*loss*/) override {
    state.stop = ++calls == at_batch;
  }
  void on_epoch_end(TrainingState& state) override { state.stop = state.stop || state.epoch == at_epoch; }
  std::int64_t at_batch = 0, at_epoch = 0, calls = 0;
};

TEST(Checkpoint, GoesOnAfterACallbackHasStoppedWithoutEnding) {
  const Folder folder;
  Setting straight;
  const History history = fit(straight.model, straight.adam, straight.loss(), straight.data,
                              {.epochs = 3, .verbose = Verbose::silent});
  for (const std::int64_t at : {1, 4, 5, 7, -1, -2}) {
    fs::remove(folder.file);
    Pause pause;
    (at > 0 ? pause.at_batch : pause.at_epoch) = std::abs(at);
    Setting first, second;
    FitOptions options = options_for(folder.file, 3);
    options.checkpoint.also = {{"noise", first.critic_noise}};
    options.callbacks = {&pause};
    EXPECT_LT(fit(first.model, first.adam, first.loss(), first.data, options).epochs.size(), 3U);
    options.checkpoint.also = {{"noise", second.critic_noise}};
    options.callbacks = {};
    const History resumed = fit(second.model, second.adam, second.loss(), second.data, options);
    EXPECT_TRUE(resumed == history) << at;
    EXPECT_EQ(files::weights_sha256(second.model), files::weights_sha256(straight.model)) << at;
  }
}

TEST(Checkpoint, NamesCallbacksThatAreMissingOrUnknown) {
  const Folder folder;
  Setting s;
  EarlyStopping one({.monitor = {.name = "loss"}, .patience = 5}), two({.monitor = {.name = "loss"}});
  FitOptions options = options_for(folder.file, 2);
  options.callbacks = {&one, &two};
  (void)fit(s.model, s.adam, s.loss(), s.data, options);
  options.callbacks = {&one};
  EXPECT_THROW_TEXT((void)fit(s.model, s.adam, s.loss(), s.data, options), FileError,
                    "nothing was given that takes /EarlyStopping_2; give fit the callbacks");
  ReduceLROnPlateau reduce({.monitor = {.name = "loss"}});
  options.callbacks = {&one, &two, &reduce};
  EXPECT_THROW_TEXT((void)fit(s.model, s.adam, s.loss(), s.data, options), FileError,
                    "it has no group /ReduceLROnPlateau");
  options.checkpoint.resume = false;
  EXPECT_EQ(fit(s.model, s.adam, s.loss(), s.data, options).epochs.size(), 2U);
}

TEST(Checkpoint, DemandsTheSameDataWithinAnEpoch) {
  const Folder folder;
  Setting s;
  KillAt kill(3);
  FitOptions options = options_for(folder.file, 2);
  options.checkpoint.every_batches = 2;
  options.callbacks = {&kill};
  EXPECT_THROW((void)fit(s.model, s.adam, s.loss(), s.data, options), Killed);
  EXPECT_THROW_TEXT((void)fit(s.model, s.adam, s.loss(), Batches(uniform({8, 4})), options), DataError,
                    "was written within an epoch of 5 batches, but the data give 1");
  EXPECT_THROW_TEXT((void)load_checkpoint(folder.file, s.model, s.adam), FileError,
                    "was written within epoch 1, after batch 2");
}

TEST(Checkpoint, SaysThatATrainingIsDone) {
  const Folder folder;
  Setting s;
  const History first = fit(s.model, s.adam, s.loss(), s.data, options_for(folder.file, 2));
  const std::string weights = files::weights_sha256(s.model);
  Setting again(5);
  const History second = fit(again.model, again.adam, again.loss(), s.data, options_for(folder.file, 2));
  EXPECT_TRUE(first == second);
  EXPECT_EQ(files::weights_sha256(again.model), weights);
  EXPECT_EQ(fit(again.model, again.adam, again.loss(), s.data, options_for(folder.file, 3)).epochs.size(),
            3U);
}

TEST(ModelCheckpoint, ComparesWithTheFileOfAnEarlierRun) {
  const Folder folder;
  struct Say : Callback {
    void on_epoch_end(TrainingState& s) override { s.history.epochs.back().val_loss = value; }
    double value = 0.0;
  } say;
  Setting s;
  FitOptions options{.epochs = 1, .verbose = Verbose::silent};
  ModelCheckpoint first(folder.file);
  options.callbacks = {&say, &first};
  say.value = 0.2;
  (void)fit(s.model, s.adam, s.loss(), s.data, options);
  const std::string best = files::weights_sha256(s.model);

  ModelCheckpoint second(folder.file);  // as a new process would make it
  options.callbacks = {&say, &second};
  options.epochs = 2;
  options.initial_epoch = load_checkpoint(folder.file, s.model, s.adam);
  say.value = 17.8;
  (void)fit(s.model, s.adam, s.loss(), s.data, options);
  files::load(folder.file, s.model);
  EXPECT_EQ(files::weights_sha256(s.model), best);
}

TEST(History, SurvivesACheckpoint) {
  History history;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  history.epochs.push_back({.epoch = 4, .loss = 0.1, .seconds = 1.5});
  history.epochs.push_back({.epoch = 5, .loss = 1.0 / 3.0, .val_loss = -0.0, .extra = {{"a/b.c", 2.0}}});
  history.epochs.push_back({.epoch = 6, .loss = 1e-300, .extra = {{"", 1.0}, {"a/b.c", nan}}});
  History read;
  read.set_state(history.state());
  ASSERT_EQ(read.epochs.size(), 3U);
  EXPECT_TRUE(read.epochs[0] == history.epochs[0]);
  EXPECT_TRUE(read.epochs[1] == history.epochs[1]);
  EXPECT_TRUE(std::isnan(*read.epochs[2].find("a/b.c")));
  EXPECT_EQ(*read.epochs[2].find(""), 1.0);
  EXPECT_EQ(read.epochs[0].seconds, 1.5);
  read.set_state(History().state());
  EXPECT_TRUE(read.epochs.empty());
  EXPECT_THROW_TEXT(read.set_state(std::vector<NamedTensor>{{"epoch", Tensor(Shape{2}, int64)}}), DataError,
                    "History: this is not a state of it: no \"names\"");
}

}  // namespace
}  // namespace hourglass::training
