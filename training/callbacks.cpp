#include <hourglass/files/state.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/callbacks.h>
#include <hourglass/training/checkpoint.h>

#include <limits>

namespace hourglass::training {

namespace {

constexpr double kWorst = std::numeric_limits<double>::infinity();

}  // namespace

double Monitor::cost(const char* callback, const EpochRecord& record) const {
  if (const auto value = record.find(name)) return maximize ? -*value : *value;
  std::string known = "loss";
  if (record.val_loss) known += ", val_loss";
  for (const auto& figure : record.extra) known.append(", ").append(figure.first);
  throw DataError("{}: watches \"{}\", but the epoch has only {}; {}", callback, name, known,
                  name == "val_loss" ? "give FitOptions::validation, or watch {.name = \"loss\"}"
                                     : "put it into extra first");
}

EarlyStopping::EarlyStopping(EarlyStoppingOptions options) : options_(std::move(options)), best_(kWorst) {
  if (options_.patience < 0)
    throw DataError("EarlyStopping: patience must not be negative, got {}", options_.patience);
  if (!(options_.min_delta >= 0.0)) {
    throw DataError("EarlyStopping: min_delta must not be negative, got {}", options_.min_delta);
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

ModelCheckpoint::ModelCheckpoint(std::string path, ModelCheckpointOptions options)
    : path_(std::move(path)), options_(std::move(options)), best_(kWorst) {}

void ModelCheckpoint::on_epoch_end(TrainingState& state) {
  if (options_.save_best_only) {
    const double cost = options_.monitor.cost("ModelCheckpoint", state.history.epochs.back());
    if (!(cost < best_)) return;
    best_ = cost;
  }
  save_checkpoint(path_, state.model, state.optimizer, state.epoch);
}

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options)
    : options_(std::move(options)), plateau_(options_.plateau) {}

void ReduceLROnPlateau::on_epoch_end(TrainingState& state) {
  EpochRecord& record = state.history.epochs.back();
  const double before = state.optimizer.learning_rate();
  const double after = plateau_.next(options_.monitor.cost("ReduceLROnPlateau", record), before);
  if (after != before) state.optimizer.set_learning_rate(after);
  record.extra.emplace_back("learning_rate", before);
}

}  // namespace hourglass::training
