#pragma once

#include <hourglass/tensor/ops/random.h>

#include <cstdint>

namespace hourglass::anomaly::internal {

/// While it lives, this thread's default generator begins anew; then it is where it was.
class Seeded {
 public:
  explicit Seeded(std::uint64_t seed) : before_(default_generator().state()) {
    default_generator().set_state({seed, 0, 0});
  }
  ~Seeded() { default_generator().set_state(before_); }
  Seeded(const Seeded&) = delete;
  Seeded& operator=(const Seeded&) = delete;

 private:
  Generator::State before_;
};

}  // namespace hourglass::anomaly::internal
