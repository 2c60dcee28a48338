#pragma once

#include <hourglass/training/callback.h>
#include <hourglass/training/callbacks/monitor.h>

#include <string>

namespace hourglass::training {

struct ModelCheckpointOptions {
  Monitor monitor{};
  bool save_best_only = true;  // else after each epoch
};
/// Saves a checkpoint (see save_checkpoint) at `path` when the figure is the best so far. A run that goes on
/// from an earlier one compares with what that has seen: from its checkpoint or, where fit() is told of it by
/// initial_epoch alone, from the file at `path`.
class ModelCheckpoint final : public Callback {
 public:
  explicit ModelCheckpoint(std::string path, ModelCheckpointOptions options = {});
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  [[nodiscard]] const char* name() const override { return "ModelCheckpoint"; }
  [[nodiscard]] std::vector<NamedTensor> state() const override;
  void set_state(std::span<const NamedTensor> state) override;

 private:
  std::string path_;
  ModelCheckpointOptions options_;
  double best_;
};

}  // namespace hourglass::training
