#pragma once

#include <hourglass/optim/moving_average.h>
#include <hourglass/training/callback.h>

namespace hourglass::training {

struct SwapEMAWeightsOptions {
  double momentum = 0.99;  // β, that of Keras's ema_momentum
  std::int64_t every = 1;  // optimizer steps from one update of the averages to the next
  bool swap_on_epoch =
      false;  // the callbacks that follow in the list see the averages at an epoch's end, too
};

/// Validates with an exponential moving average of the weights, and trains with the weights themselves (see
/// optim::ExponentialMovingAverage); the averages begin as the weights of the start.
///
/// With swap_on_epoch, a ModelCheckpoint, EarlyStopping or TensorBoard that stands behind it saves and shows
/// the averages. Checkpoints for going on (FitOptions::checkpoint) hold both. At the end the model keeps the
/// averages, as in Keras, but its own weights if a signal has broken the training off.
///
/// Throws DataError unless momentum is in [0, 1) and every ≥ 1.
class SwapEMAWeights final : public Callback {
 public:
  explicit SwapEMAWeights(SwapEMAWeightsOptions options = {});
  void on_train_begin(TrainingState& state) override;
  void on_batch_end(TrainingState& state, std::int64_t batch, double loss) override;
  void on_test_begin(TrainingState& state) override { swap(state, true); }
  void on_test_end(TrainingState& state) override { swap(state, false); }
  void on_epoch_end(TrainingState& state) override { swap(state, options_.swap_on_epoch); }
  void on_epoch_done(TrainingState& state) override { swap(state, false); }
  void on_train_end(TrainingState& state) override;
  [[nodiscard]] const char* name() const override { return "SwapEMAWeights"; }
  [[nodiscard]] std::vector<NamedTensor> state() const override;
  void set_state(std::span<const NamedTensor> state) override;

 private:
  void swap(TrainingState& state, bool averages);

  SwapEMAWeightsOptions options_;
  optim::ExponentialMovingAverage average_;
  std::int64_t iterations_ = 0;  // of the optimizer when last looked at
};

}  // namespace hourglass::training
