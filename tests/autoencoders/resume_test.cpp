// A training run that is broken off anywhere and started again ends as one that never stopped: with the same
// bits of the weights, the same history but for the seconds, the same best file, log, figures and pictures.

#include "support/folder.h"

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/convolutional.h>
#include <hourglass/autoencoders/denoising.h>
#include <hourglass/autoencoders/reconstruction_pictures.h>
#include <hourglass/autoencoders/sparse.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/callbacks.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>

namespace hourglass::autoencoders {
namespace {

namespace fs = std::filesystem;
using training::TrainingState;

constexpr std::int64_t kEpochs = 8, kBatches = 5;

Halves halves(std::int64_t code, std::int64_t out_of_encoder) {
  return {nn::Sequential{nn::Dense(16, 12, {.activation = tanh}), nn::BatchNormalization(12),
                         nn::Dropout(0.2), nn::Dense(12, out_of_encoder)},
          nn::Sequential{nn::Dense(code, 16)}};
}

struct Kind {
  std::string name;
  std::function<std::unique_ptr<Autoencoder>()> make;
};

std::vector<Kind> kinds() {
  return {
      {"basic", [] { return std::make_unique<BasicAutoencoder>(halves(4, 4)); }},
      {"denoising", [] { return std::make_unique<DenoisingAutoencoder>(halves(4, 4)); }},
      {"sparse",
       [] {
         return std::make_unique<SparseAutoencoder>(
             SparseOptions{.features = 16, .latent = 20, .strength = 0.01});
       }},
      {"variational", [] { return std::make_unique<VariationalAutoencoder>(halves(3, 6)); }},
      {"variational_cyclic",
       [] {
         return std::make_unique<VariationalAutoencoder>(
             halves(3, 6), VariationalOptions{.kl = {.steps = 30, .cycles = 3, .rise = 0.7}});
       }},
      {"convolutional",
       [] { return std::make_unique<ConvolutionalAutoencoder>(ConvolutionalOptions{.image = 4}); }},
  };
}

struct Outcome {
  std::string weights, best_file, log, events, picture;
  training::History history;
  std::int64_t stopped_epoch = 0;
  double learning_rate = 0.0;
};

// What ends a run before its end.
struct Killed {};
struct Stop {
  enum class How { kill, signal };
  Stop(std::int64_t batch, How h) : at(batch), how(h) {}
  void on_batch_end(TrainingState& state, std::int64_t batch) const {
    if ((state.epoch - 1) * kBatches + batch != at) return;
    if (how == How::kill) throw Killed();
    (void)std::raise(SIGINT);
  }
  std::int64_t at;  // the batch of the whole run, from 1; 0 for never
  How how;
};

// What TensorBoard reads in a folder, but for the times: each record is 12 bytes, the data, which begin with
// a tag and the 8 bytes of the time, and 4 more.
std::string events_in(const std::string& folder) {
  std::string out;
  for (const std::string run : {"train", "validation"}) {
    for (const fs::directory_entry& entry : fs::directory_iterator(folder + "/" + run)) {
      std::string text = text_of(entry.path().string());
      for (std::size_t at = 0; at < text.size();) {
        std::uint64_t length = 0;
        std::memcpy(&length, text.data() + at, sizeof length);
        text.replace(at + 13, 8, 8, ' ').replace(at + 12 + length, 4, 4, ' ');
        at += 16 + length;
      }
      out += run + ": " + text;
    }
  }
  return out;
}

double largest(const Autoencoder& model) {
  return max(nn::parameters(model).front().variable.value()).item();
}

// A new process would do all this again.
std::optional<Outcome> run(const Kind& kind, const std::string& folder, Stop stop) {
  set_seed(5);
  const Tensor x = uniform({40, 16});
  const data::Batches train(x, {.batch_size = 8, .shuffle = true, .seed = 3});
  const data::Batches validation(uniform({16, 16}), {.batch_size = 10});
  const std::unique_ptr<Autoencoder> model = kind.make();
  optim::Adam adam({.learning_rate = optim::WarmUp{5, optim::ExponentialDecay{0.05, 10, 0.9}}});

  training::BackupAndRestore backup(folder + "/backup.h5", {.save_freq = 3, .delete_checkpoint = false});
  training::SwapEMAWeights averages({.momentum = 0.5, .swap_on_epoch = true});
  training::LearningRateScheduler slower(
      [](std::int64_t epoch, double rate) { return epoch % 3 == 2 ? 0.8 * rate : rate; });
  training::EpochFigures figures([&] { return std::vector<training::Figure>{{"largest", largest(*model)}}; });
  training::ReduceLROnPlateau reduce({.plateau = {.factor = 0.5, .patience = 1}});
  training::EarlyStopping stopping({.patience = 3, .restore_best_weights = true});
  training::ModelCheckpoint best(folder + "/best.h5");
  training::TerminateOnNaN terminate;
  training::CSVLogger log(folder + "/log.csv");
  training::TensorBoard board(folder, {.histogram_freq = 2, .update_freq = 2});
  training::Pictures pictures =
      reconstruction_pictures(*model, slice(x, 0, {0, 5}), folder, {.every = 3, .image = {4, 4}});
  training::LambdaCallback watch(
      {.on_batch_end = [&](TrainingState& s, std::int64_t batch, double) { stop.on_batch_end(s, batch); }});
  try {
    Outcome out;
    out.history = training::fit(*model, adam, [&](const data::Batch& b) { return model->loss(b.x); }, train,
                                {.epochs = kEpochs,
                                 .validation = &validation,
                                 .callbacks = {&backup, &averages, &slower, &figures, &reduce, &stopping,
                                               &best, &terminate, &log, &board, &pictures, &watch},
                                 .verbose = training::Verbose::silent});
    if (out.history.interrupted) return std::nullopt;
    out.weights = files::weights_sha256(*model);
    out.best_file = text_of(folder + "/best.h5");
    out.log = text_of(folder + "/log.csv");
    out.events = events_in(folder);
    out.picture = text_of(folder + "/epoch_0003.png");
    out.stopped_epoch = stopping.stopped_epoch();
    out.learning_rate = adam.learning_rate();
    return out;
  } catch (const Killed&) {
    return std::nullopt;
  }
}

void expect_same(const Outcome& a, const Outcome& b, const std::string& where) {
  EXPECT_EQ(a.weights, b.weights) << where;
  EXPECT_TRUE(a.history == b.history) << where;
  EXPECT_TRUE(a.best_file == b.best_file) << where;
  EXPECT_EQ(a.log, b.log) << where;
  EXPECT_TRUE(a.events == b.events) << where;
  EXPECT_TRUE(!a.picture.empty() && a.picture == b.picture) << where;
  EXPECT_EQ(a.stopped_epoch, b.stopped_epoch) << where;
  EXPECT_EQ(a.learning_rate, b.learning_rate) << where;
}

TEST(Resume, EndsAsIfItHadNeverStopped) {
  Generator draw(7);
  const char* const more = std::getenv("HOURGLASS_RESUME_STOPS");
  const std::int64_t stops = more ? std::stoll(more) : 4;
  bool reduced = false, stopped_early = false;
  for (const Kind& kind : kinds()) {
    const Folder straight_folder("resume_straight");
    const auto straight = run(kind, straight_folder.path, {0, Stop::How::kill});
    ASSERT_TRUE(straight);
    reduced = reduced || straight->history.epochs.back().find("learning_rate") < 0.02;
    stopped_early = stopped_early || straight->stopped_epoch > 0;
    const auto batches = static_cast<std::int64_t>(straight->history.epochs.size()) * kBatches;
    std::vector<std::int64_t> places;
    for (std::int64_t b = kBatches; b <= batches; b += kBatches) places.push_back(b);
    const Tensor random = uniform({stops}, 1.0, static_cast<double>(batches + 1), draw);
    for (std::int64_t i = 0; i < stops; ++i) places.push_back(static_cast<std::int64_t>(random[i].item()));
    for (const std::int64_t place : places) {
      const auto how = place % 2 == 0 ? Stop::How::kill : Stop::How::signal;
      const std::string where = kind.name + ", batch " + std::to_string(place);
      const Folder folder("resume_stopped");
      EXPECT_FALSE(run(kind, folder.path, {place, how})) << where;
      const auto resumed = run(kind, folder.path, {0, how});
      ASSERT_TRUE(resumed) << where;
      expect_same(*straight, *resumed, where);
    }
    expect_same(*straight, *run(kind, straight_folder.path, {0, Stop::How::kill}), kind.name + ", done");
  }
  EXPECT_TRUE(reduced) << "no run has lowered its rate: the test shows nothing about it";
  EXPECT_TRUE(stopped_early) << "no run has stopped early: the test shows nothing about it";
}

}  // namespace
}  // namespace hourglass::autoencoders
