#pragma once

#include <hourglass/nn/internal/keep_generator.h>

#include <cstdint>

namespace hourglass::anomaly::internal {

/// While it lives, this thread's default generator begins anew; then it is where it was.
class Seeded {
 public:
  explicit Seeded(std::uint64_t seed) { default_generator().set_state({seed, 0, 0}); }

 private:
  nn::internal::KeepGenerator keep_;
};

}  // namespace hourglass::anomaly::internal
