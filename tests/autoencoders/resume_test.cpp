// A training run that is broken off anywhere and started again ends as one that never stopped: with the same
// bits of the weights, the same history but for the seconds, and the same best file.

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/convolutional.h>
#include <hourglass/autoencoders/denoising.h>
#include <hourglass/autoencoders/sparse.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/callbacks.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>

#include <unistd.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

namespace hourglass::autoencoders {
namespace {

namespace fs = std::filesystem;
using training::Callback;
using training::TrainingState;

constexpr std::int64_t kEpochs = 8, kBatches = 5;

// The directory of one run, gone afterwards.
struct Folder {
  explicit Folder(const std::string& name)
      : path((fs::temp_directory_path() / ("resume_" + name + std::to_string(getpid()))).string()) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path;
};

std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

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
      {"convolutional",
       [] { return std::make_unique<ConvolutionalAutoencoder>(ConvolutionalOptions{.image = 4}); }},
  };
}

struct Outcome {
  std::string weights, best_file;
  training::History history;
  std::int64_t stopped_epoch = 0;
  double learning_rate = 0.0;
};

// What ends a run before its end.
struct Killed {};
struct Stop : Callback {
  enum class How { kill, signal };
  Stop(std::int64_t batch, How h) : at(batch), how(h) {}
  void on_batch_end(TrainingState& state, std::int64_t batch, double /*loss*/) override {
    if ((state.epoch - 1) * kBatches + batch != at) return;
    if (how == How::kill) throw Killed();
    (void)std::raise(SIGINT);
  }
  std::int64_t at;  // the batch of the whole run, from 1; 0 for never
  How how;
};

training::FitOptions options_for(const std::string& folder, const data::Batches& validation,
                                 std::vector<Callback*> callbacks) {
  return {.epochs = kEpochs,
          .validation = &validation,
          .callbacks = std::move(callbacks),
          .verbose = training::Verbose::silent,
          .checkpoint = {.path = folder + "/checkpoint.h5", .every_batches = 3}};
}

// A new process would do all this again.
std::optional<Outcome> run(const Kind& kind, const std::string& folder, Stop stop) {
  set_seed(5);
  const data::Batches train(uniform({40, 16}), {.batch_size = 8, .shuffle = true, .seed = 3});
  const data::Batches validation(uniform({16, 16}), {.batch_size = 10});
  const std::unique_ptr<Autoencoder> model = kind.make();
  optim::Adam adam({.learning_rate = optim::WarmUp{5, optim::ExponentialDecay{0.05, 10, 0.9}}});
  training::ReduceLROnPlateau reduce({.plateau = {.factor = 0.5, .patience = 1}});
  training::EarlyStopping stopping({.patience = 3, .restore_best_weights = true});
  training::ModelCheckpoint best(folder + "/best.h5");
  try {
    Outcome out;
    out.history = fit(
        *model, adam, [&](const data::Batch& b) { return model->loss(b.x); }, train,
        options_for(folder, validation, {&reduce, &stopping, &best, &stop}));
    if (out.history.interrupted) return std::nullopt;
    out.weights = files::weights_sha256(*model);
    out.best_file = text_of(folder + "/best.h5");
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
  EXPECT_EQ(a.stopped_epoch, b.stopped_epoch) << where;
  EXPECT_EQ(a.learning_rate, b.learning_rate) << where;
}

TEST(Resume, EndsAsIfItHadNeverStopped) {
  Generator draw(7);
  const char* const more = std::getenv("HOURGLASS_RESUME_STOPS");
  const std::int64_t stops = more ? std::stoll(more) : 4;
  bool reduced = false, stopped_early = false;
  for (const Kind& kind : kinds()) {
    const Folder straight_folder("straight");
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
      const Folder folder("stopped");
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
