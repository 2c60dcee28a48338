#pragma once

#include <hourglass/nn/module.h>
#include <hourglass/optim/optimizer.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/history.h>

#include <span>
#include <string>
#include <vector>

namespace hourglass::training {

struct CheckpointOptions;

/// The optimizer of a phase after the first (see Phase).
struct FurtherOptimizer {
  std::string phase;
  optim::Optimizer& optimizer;
};

/// What callbacks see and may change.
struct TrainingState {
  nn::Module& model;
  optim::Optimizer& optimizer;
  History& history;         // the epoch that has just ended stands last
  bool stop = false;        // set it to end the training after this batch or epoch
  std::int64_t epoch = 0;   // from 1; when training begins, the epochs done before
  std::int64_t epochs = 0;  // the last that is planned
  std::vector<FurtherOptimizer> further_optimizers{};
};

/// What happens beside the steps themselves: early stopping, saving, figures of one's own. Derive, override,
/// and name it in FitOptions::callbacks; docs/callbacks.md lists those that are there. A figure that is set
/// in state.history.epochs.back() at the end of an epoch is shown and kept.
///
/// What a callback remembers from one event to the next belongs into state(), so that a run that was broken
/// off goes on exactly (see CheckpointOptions). When a run goes on within an epoch, on_train_begin and
/// on_epoch_begin are called first, then set_state.
class Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(TrainingState& /*state*/) {}
  virtual void on_epoch_begin(TrainingState& /*state*/) {}
  /// `batch` counts from 1 in each epoch.
  virtual void on_batch_end(TrainingState& /*state*/, std::int64_t /*batch*/, double /*loss*/) {}
  /// Before and after the validation. The second comes even if that throws or is broken off.
  virtual void on_test_begin(TrainingState& /*state*/) {}
  virtual void on_test_end(TrainingState& /*state*/) {}
  /// After an epoch's last batch and its validation. Not for an epoch that was broken off: by a signal, by a
  /// stop within it that does not last (see has_ended), or by a loss that became nan.
  virtual void on_epoch_end(TrainingState& /*state*/) {}
  /// When all callbacks have had on_epoch_end, even if one has thrown, and before the checkpoint is written:
  /// here a callback puts back what it has changed for those after it, such as weights.
  virtual void on_epoch_done(TrainingState& /*state*/) {}
  /// A loss, or a parameter after a step, has become infinite or nan. Returns whether the training is to end
  /// in order for that; if no callback wants it, fit() throws the error.
  virtual bool on_not_finite(TrainingState& /*state*/, const NotFiniteError& /*error*/) { return false; }
  virtual void on_train_end(TrainingState& /*state*/) {}

  /// Under which name its state stands in a checkpoint, "EarlyStopping"; a second one gets "_2" behind it.
  [[nodiscard]] virtual const char* name() const { return "Callback"; }
  /// What it remembers; nothing unless overridden, and then a checkpoint does not mention it.
  [[nodiscard]] virtual std::vector<NamedTensor> state() const { return {}; }
  /// Throws DataError, and changes nothing, for what state() cannot have given.
  virtual void set_state(std::span<const NamedTensor> state);
  /// Whether it remembers that it has ended the training for good: then a run that goes on from its state
  /// ends at once. A stop for any other reason, such as the time of day, is none that lasts.
  [[nodiscard]] virtual bool has_ended() const { return false; }
  /// The checkpoints that fit() keeps for it, in place of FitOptions::checkpoint; none unless overridden.
  [[nodiscard]] virtual const CheckpointOptions* checkpoint() const { return nullptr; }
};

}  // namespace hourglass::training
