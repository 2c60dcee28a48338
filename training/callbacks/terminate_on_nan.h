#pragma once

#include <hourglass/training/callback.h>

#include <string>

namespace hourglass::training {

/// Ends the training in order when the loss of a batch or of the validation becomes nan or infinite, or a
/// step makes a parameter so. fit() then prints what it was, calls on_train_end and returns the history, in
/// which the epoch stands last with a loss of nan; without this callback it throws.
///
/// A batch with such a loss makes no step: the model has the weights of before it. A step that made
/// parameters nan has changed them. Checkpoints and best files stay as they were before: a run that goes on
/// from one does the rest of the epoch again, with a lower rate or other data if you give them.
class TerminateOnNaN final : public Callback {
 public:
  void on_train_begin(TrainingState& /*state*/) override { terminated_epoch_ = 0, reason_.clear(); }
  bool on_not_finite(TrainingState& state, const NotFiniteError& error) override {
    terminated_epoch_ = state.epoch, reason_ = error.what();
    return true;
  }
  [[nodiscard]] const char* name() const override { return "TerminateOnNaN"; }

  /// The epoch in which it ended the training, 0 if it did not, and what had happened, with epoch and batch.
  [[nodiscard]] std::int64_t terminated_epoch() const { return terminated_epoch_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }

 private:
  std::int64_t terminated_epoch_ = 0;
  std::string reason_;
};

}  // namespace hourglass::training
