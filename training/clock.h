#pragma once

#include <chrono>

namespace hourglass::training {

/// Seconds on a clock that never goes back.
[[nodiscard]] inline double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace hourglass::training
