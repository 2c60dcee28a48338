#pragma once

#include <hourglass/nn/module.h>
#include <hourglass/optim/optimizer.h>
#include <hourglass/training/source.h>

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

/// Forward, backward and the optimizer's step. The first steps check that the model lists its parameters.
class Step {
 public:
  Step(nn::Module& model, optim::Optimizer& optimizer) : model_(model), optimizer_(optimizer) {}

  /// Returns the loss before the step.
  double train(LossOfBatch loss_of_batch, const void* batch);

 private:
  nn::Module& model_;
  optim::Optimizer& optimizer_;
  int checked_ = 0;
};

}  // namespace hourglass::training::detail
