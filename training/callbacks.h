#pragma once

#include <hourglass/optim/schedule.h>
#include <hourglass/training/fit.h>

#include <string>

namespace hourglass::training {

/// Which figure of an epoch a callback watches, by its name in the history. Small is good, unless said
/// otherwise.
struct Monitor {
  std::string name = "val_loss";
  bool maximize = false;

  /// The figure of an epoch, with its sign turned if it is to become large: less is better. Throws DataError
  /// if the epoch does not have it.
  [[nodiscard]] double cost(const char* callback, const EpochRecord& record) const;
};

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

/// Adds figures of one's own to the history after each epoch: f() gives names and values.
///
///     EpochFigures figures([&] { return std::vector<Figure>{{"active_fraction", …}}; });
using Figure = std::pair<std::string, double>;
template <class F>
class EpochFigures final : public Callback {
 public:
  explicit EpochFigures(F f) : f_(std::move(f)) {}
  void on_epoch_end(TrainingState& state) override {
    for (Figure& figure : f_()) state.history.epochs.back().extra.push_back(std::move(figure));
  }

 private:
  F f_;
};

struct ReduceLROnPlateauOptions {
  Monitor monitor{};
  optim::ReduceOnPlateau::Options plateau{};
};
/// Lowers the learning rate when the figure no longer improves (see optim::ReduceOnPlateau), and adds the
/// rate that each epoch was trained with to the history as "learning_rate".
class ReduceLROnPlateau final : public Callback {
 public:
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options = {});
  void on_epoch_end(TrainingState& state) override;
  [[nodiscard]] const char* name() const override { return "ReduceLROnPlateau"; }
  [[nodiscard]] std::vector<NamedTensor> state() const override;
  void set_state(std::span<const NamedTensor> state) override;

 private:
  ReduceLROnPlateauOptions options_;
  optim::ReduceOnPlateau plateau_;
};

}  // namespace hourglass::training
