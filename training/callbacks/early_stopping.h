#pragma once

#include <hourglass/training/callback.h>
#include <hourglass/training/callbacks/monitor.h>

#include <vector>

namespace hourglass::training {

struct EarlyStoppingOptions {
  Monitor monitor{};
  int patience = 0;        // epochs in a row without an improvement, 0 as 1
  double min_delta = 0.0;  // a smaller improvement does not count
  bool restore_best_weights = false;
};
/// Stops after `patience` epochs in a row without an improvement, or the first if it is 0, as in Keras.
/// Throws DataError for negative options.
class EarlyStopping final : public Callback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void on_train_end(TrainingState& state) override;
  [[nodiscard]] const char* name() const override { return "EarlyStopping"; }
  [[nodiscard]] std::vector<NamedTensor> state() const override;
  void set_state(std::span<const NamedTensor> state) override;
  [[nodiscard]] bool has_ended() const override { return stopped_epoch_ > 0; }

  /// The epoch that ended the training; 0 if none did.
  [[nodiscard]] std::int64_t stopped_epoch() const { return stopped_epoch_; }
  /// The epoch with the best figure; 0 before the first.
  [[nodiscard]] std::int64_t best_epoch() const { return best_epoch_; }

 private:
  EarlyStoppingOptions options_;
  double best_ = 0.0;
  int waited_ = 0;
  std::int64_t stopped_epoch_ = 0, best_epoch_ = 0;
  std::vector<NamedTensor> best_weights_;
};

}  // namespace hourglass::training
