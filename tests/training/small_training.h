#pragma once

#include "support/expect_error.h"
#include "support/folder.h"

#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/callbacks.h>

#include <gmock/gmock.h>

#include <cstdint>
#include <string>
#include <vector>

namespace hourglass::training {

/// A training of a moment: 40 examples in 5 batches, with dropout and shuffling.
struct SmallTraining {
  explicit SmallTraining(std::uint64_t seed = 3) {
    set_seed(seed);
    model = nn::Sequential{nn::Dense(4, 6, {.activation = tanh}), nn::Dropout(0.2), nn::Dense(6, 4)};
  }
  [[nodiscard]] auto loss() {
    return [this](const data::Batch& b) { return nn::mean_squared_error(model(b.x), b.x); };
  }
  History fit(const FitOptions& options) { return training::fit(model, adam, loss(), data, options); }
  History fit(std::int64_t epochs, std::vector<Callback*> callbacks) {
    return fit({.epochs = epochs,
                .validation = &data,
                .callbacks = std::move(callbacks),
                .verbose = Verbose::silent});
  }
  [[nodiscard]] std::string bits() const { return files::weights_sha256(model); }

  static Tensor numbers() {
    Generator generator(1);
    return uniform({40, 4}, 0.0, 1.0, generator);
  }
  static constexpr std::int64_t kBatches = 5;
  data::Batches data{numbers(), {.batch_size = 8, .shuffle = true}};
  nn::Sequential model;
  optim::Adam adam{optim::AdamOptions{.learning_rate = 0.01}};
};

struct Killed {};

/// Ends a run at a batch of the whole, from 1, as a kill would.
struct KillAt final : Callback {
  explicit KillAt(std::int64_t b) : at(b) {}
  void on_batch_end(TrainingState& state, std::int64_t batch, double /*loss*/) override {
    if ((state.epoch - 1) * SmallTraining::kBatches + batch == at) throw Killed();
  }
  std::int64_t at;
};

/// Says stop at a batch of the whole, for a reason that does not last.
struct PauseAt final : Callback {
  explicit PauseAt(std::int64_t b) : at(b) {}
  void on_batch_end(TrainingState& state, std::int64_t batch, double /*loss*/) override {
    state.stop = state.stop || (state.epoch - 1) * SmallTraining::kBatches + batch == at;
  }
  std::int64_t at;
};

}  // namespace hourglass::training
