#pragma once

#include <hourglass/nn/module.h>
#include <hourglass/optim/optimizer.h>
#include <hourglass/training/phase.h>

#include <span>
#include <vector>

namespace hourglass::training::detail {

/// Throws DataError for phases that cannot be trained by; see fit().
void expect_phases(std::span<const AnyPhase> phases);

/// The loss of a batch in one of the phases and, added to it, the penalties of the model's regularisers that
/// are this phase's: of what it is the first to train.
[[nodiscard]] Variable total_loss(nn::Module& model, std::span<const AnyPhase> phases, std::size_t number,
                                  const void* batch);

/// While it lives, these parameters are constants.
class Frozen {
 public:
  explicit Frozen(const std::vector<NamedParameter>& parameters);
  ~Frozen();
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  std::vector<Variable> thawed_;
};

/// Forward, backward and the optimizer's step, of all phases in turn. The first batches check that the model
/// lists its parameters, and that some phase trains each.
class Step {
 public:
  Step(nn::Module& model, std::span<const AnyPhase> phases)
      : model_(model), phases_(phases), losses_(phases.size()) {}

  /// Each phase's loss before its step, the mean over its steps.
  std::span<const double> train(const void* batch);
  /// ", phase critic" while it trains, for texts; nothing where there is only one.
  [[nodiscard]] std::string where() const;

 private:
  double minimize(const void* batch);
  [[nodiscard]] std::vector<NamedParameter> parameters(bool trained) const;
  void expect_all_trained() const;

  nn::Module& model_;
  std::span<const AnyPhase> phases_;
  std::vector<double> losses_;
  std::size_t now_ = 0;  // the phase at work
  int checked_ = 0;
};

}  // namespace hourglass::training::detail
