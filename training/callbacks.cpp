#include <hourglass/files/state.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/callbacks.h>
#include <hourglass/training/checkpoint.h>
#include <hourglass/training/internal/state_values.h>

#include <filesystem>
#include <limits>

namespace hourglass::training {

namespace {

constexpr double kWorst = std::numeric_limits<double>::infinity();
constexpr std::string_view kBestWeights = "best_weights.";

}  // namespace

void Callback::set_state(std::span<const NamedTensor> state) {
  if (state.empty()) return;
  throw DataError("{}: a checkpoint has a state for it, \"{}\" …, but it takes none; override set_state()",
                  name(), state.front().name);
}

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

ModelCheckpoint::ModelCheckpoint(std::string path, ModelCheckpointOptions options)
    : path_(std::move(path)), options_(std::move(options)), best_(kWorst) {}

void ModelCheckpoint::on_train_begin(TrainingState& state) {
  const bool begins = state.epoch == 0 || best_ != kWorst;
  if (begins || !options_.save_best_only || !std::filesystem::exists(path_)) return;
  detail::SavedParts("ModelCheckpoint", path_).restore({{name(), *this}});
}

void ModelCheckpoint::on_epoch_end(TrainingState& state) {
  if (options_.save_best_only) {
    const double cost = options_.monitor.cost("ModelCheckpoint", state.history.epochs.back());
    if (!(cost < best_)) return;
    best_ = cost;
  }
  save_checkpoint(path_, {{"model", state.model}, {"optimizer", state.optimizer}, {name(), *this}},
                  state.epoch);
}

std::vector<NamedTensor> ModelCheckpoint::state() const { return {detail::real("best", best_)}; }

void ModelCheckpoint::set_state(std::span<const NamedTensor> state) {
  best_ = detail::StateReader("ModelCheckpoint", state).real("best");
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

std::vector<NamedTensor> ReduceLROnPlateau::state() const {
  return {detail::real("best", plateau_.state().best), detail::integers("waited", {plateau_.state().waited})};
}

void ReduceLROnPlateau::set_state(std::span<const NamedTensor> state) {
  const detail::StateReader read("ReduceLROnPlateau", state);
  const double best = read.real("best");
  plateau_.set_state({best, static_cast<int>(read.integer("waited"))});
}

}  // namespace hourglass::training
