#include <hourglass/nn/state.h>
#include <hourglass/tensor/error.h>
#include <hourglass/training/callbacks.h>

namespace hourglass::training {

double monitored(const EpochRecord& record) { return record.val_loss.value_or(record.loss); }

EarlyStopping::EarlyStopping(EarlyStoppingOptions options) : options_(options) {
  if (options.patience < 0 || !(options.min_delta >= 0.0)) {
    throw DataError("EarlyStopping: patience and min_delta must not be negative, got {} and {}",
                    options.patience, options.min_delta);
  }
}

void EarlyStopping::on_train_begin(TrainingState& /*state*/) { *this = EarlyStopping(options_); }

void EarlyStopping::on_epoch_end(TrainingState& state) {
  const EpochRecord& record = state.history.epochs.back();
  if (monitored(record) < best_ - options_.min_delta) {
    best_ = monitored(record);
    waited_ = 0;
    if (options_.restore_best_weights) {
      best_weights_.clear();
      for (const NamedTensor& t : nn::state_of(state.model))
        best_weights_.push_back({t.name, t.value.clone()});
    }
    return;
  }
  if (++waited_ <= options_.patience) return;
  stopped_epoch_ = record.epoch;
  state.stop = true;
}

void EarlyStopping::on_train_end(TrainingState& state) {
  if (!best_weights_.empty()) nn::set_state(state.model, best_weights_, "EarlyStopping");
}

void ModelCheckpoint::on_epoch_end(TrainingState& state) {
  const double value = monitored(state.history.epochs.back());
  if (best_only_ && !(value < best_)) return;
  best_ = value;
  save_checkpoint(path_, state.model, state.optimizer);
}

void ReduceLearningRateOnPlateau::on_epoch_end(TrainingState& state) {
  const double before = state.optimizer.learning_rate();
  const double after = plateau_.next(monitored(state.history.epochs.back()), before);
  if (after != before) state.optimizer.set_learning_rate(after);
}

void save_checkpoint(const std::string& path, nn::Module& model, const optim::Optimizer& optimizer) {
  const std::vector<nn::Section> others{{"optimizer", optimizer.state()}};
  nn::save(path, model, others);
}

void load_checkpoint(const std::string& path, nn::Module& model, optim::Optimizer& optimizer) {
  const std::vector<nn::Section> sections = nn::read_state(path);
  const auto section = [&](const char* name) -> const nn::Section& {
    for (const nn::Section& s : sections) {
      if (s.name == name) return s;
    }
    throw FileError("load_checkpoint: {} has no group /{}", path, name);
  };
  const std::vector<NamedTensor>& weights = section("model").tensors;
  const std::vector<NamedTensor> before = optimizer.state();
  optimizer.set_state(section("optimizer").tensors);
  try {
    nn::set_state(model, weights, "load_checkpoint: " + path);
  } catch (...) {
    optimizer.set_state(before);
    throw;
  }
}

}  // namespace hourglass::training
