#pragma once

#include <hourglass/tensor/tensor.h>

namespace hourglass {

/// A matrix that is still its two factors,  C = Aᵀ B.    a (M, K), b (M, N); C (K, N)
///
/// A dense layer's kernel has such a gradient, dW = Xᵀ dZ. What reads each element of it only once, as an
/// optimizer does, can multiply block by block and read every block while it is in the first caches.
struct Factors {
  Tensor a, b;
  [[nodiscard]] Tensor product() const;
};

}  // namespace hourglass
