#pragma once

#include <hourglass/tensor/ops/random.h>

namespace hourglass::nn::internal {

/// While one lives, what is drawn from the default generator is drawn again afterwards: for layers that are
/// made or tried on the side.
class KeepGenerator {
 public:
  KeepGenerator() : saved_(default_generator().state()) {}
  ~KeepGenerator() { default_generator().set_state(saved_); }
  KeepGenerator(const KeepGenerator&) = delete;
  KeepGenerator& operator=(const KeepGenerator&) = delete;

 private:
  Generator::State saved_;
};

}  // namespace hourglass::nn::internal
