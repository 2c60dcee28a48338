#pragma once

#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/ops/random.h>

namespace hourglass::training::detail {

/// While it lives, the model is in evaluation mode and nothing is recorded; then its modes and the default
/// generator are as they were, so that a look at the model changes nothing of how training goes on.
class Aside {
 public:
  explicit Aside(nn::Module& model) : evaluating_(model), generator_(default_generator().state()) {}
  ~Aside() { default_generator().set_state(generator_); }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

 private:
  nn::Evaluating evaluating_;
  Generator::State generator_;
};

}  // namespace hourglass::training::detail
