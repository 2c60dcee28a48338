#pragma once

#include <hourglass/autograd/variable.h>

namespace hourglass::fast {

/// The slope of a loss by its first input p, computed along with the loss: both read the same two arrays. The
/// first backward gets it, memory and all; over a graph that was retained the formulas compute it again.
class Slope {
 public:
  explicit Slope(const Variable& p) : wanted_(is_recording() && p.requires_grad()) {}
  /// Where the loss is to leave it; null if no gradient will be asked for.
  [[nodiscard]] Tensor* place() { return wanted_ ? &slope_ : nullptr; }
  /// dp = dy · slope.
  [[nodiscard]] FastPath gradient() &&;

 private:
  Tensor slope_;
  bool wanted_;
};

}  // namespace hourglass::fast
