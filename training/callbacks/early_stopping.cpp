#include <hourglass/files/state.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/callbacks/early_stopping.h>
#include <hourglass/training/internal/state_values.h>

#include <limits>

namespace hourglass::training {

namespace {

constexpr double kWorst = std::numeric_limits<double>::infinity();
constexpr std::string_view kBestWeights = "best_weights.";

}  // namespace

EarlyStopping::EarlyStopping(EarlyStoppingOptions options) : options_(std::move(options)), best_(kWorst) {
  if (options_.patience < 0)
    throw DataError(
        "EarlyStopping: patience must not be negative, got {}; 0 stops at the first epoch without an "
        "improvement",
        options_.patience);
  if (!(options_.min_delta >= 0.0)) {
    throw DataError("EarlyStopping: min_delta must not be negative, got {}; 0 counts every improvement",
                    options_.min_delta);
  }
}

void EarlyStopping::on_train_begin(TrainingState& /*state*/) {
  best_ = kWorst;
  waited_ = 0;
  stopped_epoch_ = best_epoch_ = 0;
  best_weights_.clear();
}

void EarlyStopping::on_epoch_end(TrainingState& state) {
  const double cost = options_.monitor.cost("EarlyStopping", state.history.epochs.back());
  if (cost < best_ - options_.min_delta) {
    best_ = cost;
    best_epoch_ = state.epoch;
    waited_ = 0;
    if (!options_.restore_best_weights) return;
    best_weights_ = files::state_of(state.model);
    return;
  }
  if (++waited_ < options_.patience) return;
  stopped_epoch_ = state.epoch;
  state.stop = true;
}

void EarlyStopping::on_train_end(TrainingState& state) {
  if (!best_weights_.empty()) files::set_state(state.model, best_weights_, "EarlyStopping");
  best_weights_.clear();
}

std::vector<NamedTensor> EarlyStopping::state() const {
  std::vector<NamedTensor> out{detail::real("best", best_),
                               detail::integers("epochs", {waited_, best_epoch_, stopped_epoch_})};
  for (const NamedTensor& t : best_weights_) out.push_back({std::string(kBestWeights) + t.name, t.value});
  return out;
}

void EarlyStopping::set_state(std::span<const NamedTensor> state) {
  const detail::StateReader read("EarlyStopping", state);
  const double best = read.real("best");
  const auto epochs = read.integers("epochs", 3);
  best_ = best;
  waited_ = static_cast<int>(epochs[0]);
  best_epoch_ = epochs[1];
  stopped_epoch_ = epochs[2];
  best_weights_.clear();
  for (const NamedTensor& t : state) {
    if (t.name.starts_with(kBestWeights))
      best_weights_.push_back({t.name.substr(kBestWeights.size()), t.value.clone()});
  }
}

}  // namespace hourglass::training
