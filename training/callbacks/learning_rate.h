#pragma once

#include <hourglass/optim/schedule.h>
#include <hourglass/training/callback.h>
#include <hourglass/training/callbacks/monitor.h>

#include <functional>

namespace hourglass::training {

struct ReduceLROnPlateauOptions {
  Monitor monitor{};
  optim::ReduceOnPlateau::Options plateau{};
};
/// Lowers the learning rate when the figure no longer improves (see optim::ReduceOnPlateau), and adds the
/// rate that each epoch was trained with to the history as "learning_rate". Those of further phases sink with
/// it, each from its own, and stand there as "critic_learning_rate".
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

/// Sets the learning rate at the beginning of each epoch to schedule(epoch, present rate), with the epoch
/// counted from 0 as in Keras (initial_epoch at first), and adds the rate that each epoch was trained with to
/// the history as "learning_rate". Where the optimizer has a schedule by steps, the function scales it; of
/// several phases it sets each one's, "critic_learning_rate".
///
///     LearningRateScheduler halve([](std::int64_t epoch, double rate) { return epoch % 10 ? rate : rate / 2;
///     });
///
/// The function is to remember nothing: when a run goes on within an epoch it is called for that one again,
/// and the result is not used. Throws DataError for no function, and for a rate that is negative or not
/// finite.
class LearningRateScheduler final : public Callback {
 public:
  using Schedule = std::function<double(std::int64_t epoch, double learning_rate)>;
  explicit LearningRateScheduler(Schedule schedule);
  void on_epoch_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state) override;
  [[nodiscard]] const char* name() const override { return "LearningRateScheduler"; }

 private:
  void set(optim::Optimizer& optimizer, std::int64_t epoch) const;
  Schedule schedule_;
};

}  // namespace hourglass::training
