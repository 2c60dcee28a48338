#pragma once

#include <hourglass/autograd/variable.h>

namespace hourglass::nn {

/// A penalty on values:  l1 Σ|v| + l2 Σv², a sum over all elements as in Keras. On activities it is divided
/// by the batch size, the extent of the first axis.
struct Regularizer {
  double l1 = 0.0, l2 = 0.0;

  [[nodiscard]] bool is_active() const { return l1 != 0.0 || l2 != 0.0; }
  [[nodiscard]] Variable operator()(const Variable& values) const;
};
template <class V>
void visit(Regularizer& r, V&& v) {
  v("l1", r.l1), v("l2", r.l2);
}

/// {.kernel_regularizer = L2(1e-4)}. Throws DataError for a negative strength.
[[nodiscard]] Regularizer L1(double strength = 0.01);                // NOLINT(readability-identifier-naming)
[[nodiscard]] Regularizer L2(double strength = 0.01);                // NOLINT(readability-identifier-naming)
[[nodiscard]] Regularizer L1L2(double l1 = 0.01, double l2 = 0.01);  // NOLINT(readability-identifier-naming)

}  // namespace hourglass::nn
