#pragma once

#include <hourglass/training/callback.h>
#include <hourglass/training/checkpoint.h>

#include <string>

namespace hourglass::training {

struct BackupAndRestoreOptions {
  std::int64_t save_freq = 0;     // batches from one backup to the next; 0: only after each epoch ("epoch")
  bool delete_checkpoint = true;  // when the training has come to its end
  files::ModelNotes notes{};      // as in CheckpointOptions
  Parts also{};                   // the same
};

/// Keeps the training in the file `path` and goes on from there if it exists: FitOptions::checkpoint by
/// Keras's name, and as exact. What Keras leaves out is restored too: optimizer, random numbers, the other
/// callbacks, the place within the epoch.
///
/// A run that was broken off, by a signal or by a callback for a while, keeps its file; so does one that
/// TerminateOnNaN has ended. fit() throws DataError for negative save_freq, an empty path, or if checkpoints
/// are asked for twice.
class BackupAndRestore final : public Callback {
 public:
  explicit BackupAndRestore(std::string path, BackupAndRestoreOptions options = {});
  [[nodiscard]] const char* name() const override { return "BackupAndRestore"; }
  [[nodiscard]] const CheckpointOptions* checkpoint() const override { return &checkpoint_; }

 private:
  CheckpointOptions checkpoint_;
};

}  // namespace hourglass::training
