#pragma once

#include <hourglass/training/fit.h>

#include <limits>
#include <string>

namespace hourglass::training {

/// What an epoch is judged by: val_loss where there is validation, else loss.
[[nodiscard]] double monitored(const EpochRecord& record);

struct EarlyStoppingOptions {
  int patience = 0;        // epochs without an improvement before training stops
  double min_delta = 0.0;  // a smaller improvement does not count
  bool restore_best_weights = false;
};
/// Stops when the monitored value no longer falls. Throws DataError for negative options.
class EarlyStopping final : public Callback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  void on_train_end(TrainingState& state) override;
  /// The epoch that stopped the training; 0 if none did.
  [[nodiscard]] std::int64_t stopped_epoch() const { return stopped_epoch_; }

 private:
  EarlyStoppingOptions options_;
  double best_ = std::numeric_limits<double>::infinity();
  int waited_ = 0;
  std::int64_t stopped_epoch_ = 0;
  std::vector<NamedTensor> best_weights_;
};

/// Saves model and optimizer to `path` whenever the monitored value is the best so far (or after each epoch).
class ModelCheckpoint final : public Callback {
 public:
  explicit ModelCheckpoint(std::string path, bool save_best_only = true)
      : path_(std::move(path)), best_only_(save_best_only) {}
  void on_epoch_end(TrainingState& state) override;

 private:
  std::string path_;
  bool best_only_;
  double best_ = std::numeric_limits<double>::infinity();
};

/// Lowers the learning rate when the monitored value no longer falls (see optim::ReduceOnPlateau).
class ReduceLearningRateOnPlateau final : public Callback {
 public:
  explicit ReduceLearningRateOnPlateau(optim::ReduceOnPlateau::Options options) : plateau_(options) {}
  void on_epoch_end(TrainingState& state) override;

 private:
  optim::ReduceOnPlateau plateau_;
};

/// Model and optimizer in one file, for exact resume: training goes on to the same bits as without the stop.
void save_checkpoint(const std::string& path, nn::Module& model, const optim::Optimizer& optimizer);
/// Changes neither if one does not fit. Throws FileError, or DataError for a state of another optimizer.
void load_checkpoint(const std::string& path, nn::Module& model, optim::Optimizer& optimizer);

}  // namespace hourglass::training
