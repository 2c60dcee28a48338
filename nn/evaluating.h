#pragma once

#include <hourglass/nn/module.h>

#include <utility>
#include <vector>

namespace hourglass::nn {

/// While it lives, the model is in evaluation mode and nothing is recorded; then each of its modules is in
/// the mode it was in.
class Evaluating {
 public:
  /// A model that is in evaluation mode already is only read, so that several threads may do this at once.
  explicit Evaluating(Module& model) {
    bool training = false;
    for (const NamedModule& m : modules(model)) {
      before_.emplace_back(m.module, m.module->is_training());
      training = training || m.module->is_training();
    }
    if (training)
      model.eval();
    else
      before_.clear();
  }
  // Outermost first: train() reaches all modules inside, which are then set each to its own.
  ~Evaluating() {
    for (const auto& [module, training] : before_) module->train(training);
  }
  Evaluating(const Evaluating&) = delete;
  Evaluating& operator=(const Evaluating&) = delete;

 private:
  NoGrad no_grad_;
  std::vector<std::pair<Module*, bool>> before_;
};

}  // namespace hourglass::nn
