#pragma once

#include <hourglass/training/checkpoint.h>
#include <hourglass/training/source.h>

#include <utility>
#include <vector>

namespace hourglass::training::detail {

/// The loss of a batch and, added to it, the penalties of the model's regularisers.
[[nodiscard]] Variable total_loss(nn::Module& model, LossOfBatch loss_of_batch, const void* batch);

/// While it lives, the model's parameters are constants.
class Frozen {
 public:
  explicit Frozen(nn::Module& model);
  ~Frozen();
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  std::vector<Variable> thawed_;
};

/// Forward, backward and the optimizer's step, or one step for several batches: with the gradient of the mean
/// loss over all their examples, as if they were one batch.
class Step {
 public:
  Step(nn::Module& model, optim::Optimizer& optimizer, Position& position, std::int64_t accumulate)
      : model_(model), optimizer_(optimizer), position_(position), accumulate_(accumulate) {}

  /// Returns the loss before the step.
  double train(LossOfBatch loss_of_batch, const void* batch, std::int64_t examples);
  /// The step for the batches that still wait for one.
  void finish();

  /// The gradients of those, by parameter.
  [[nodiscard]] std::vector<NamedTensor> state() const;
  void set_state(std::span<const NamedTensor> state);

 private:
  void add_gradient(const Variable& loss, std::int64_t examples);

  nn::Module& model_;
  optim::Optimizer& optimizer_;
  Position& position_;
  std::int64_t accumulate_;
  int checked_ = 0;
};

}  // namespace hourglass::training::detail
