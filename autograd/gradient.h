#pragma once

#include <hourglass/autograd/node_ptr.h>
#include <hourglass/tensor/tensor.h>

#include <memory>
#include <optional>

namespace hourglass {

class Variable;

/// A matrix product that is still to be multiplied,  C = Aᵀ B.    a (M, K), b (M, N); C (K, N)
///
/// A dense layer's kernel has such a gradient, dW = Xᵀ dZ. What reads each element of it only once, as an
/// optimizer does, can multiply tile by tile and read every tile while it is in L1
/// (tensor/ops/product_tiles.h).
struct Unmultiplied {
  Tensor a, b;
  [[nodiscard]] Tensor product() const;
};

/// A gradient on its way from an op to its inputs: a value, or a product that nobody has multiplied yet.
/// Empty before anything has arrived.
class Gradient {
 public:
  Gradient() = default;
  Gradient(const Variable& value);  // NOLINT(google-explicit-constructor)
  Gradient(Tensor value);           // NOLINT(google-explicit-constructor)
  Gradient(Unmultiplied product);   // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return value_ || product_; }
  /// The product, if it is one and not multiplied yet; else null.
  [[nodiscard]] const Unmultiplied* product() const { return product_.get(); }
  /// Multiplies a product first. Must not be empty.
  [[nodiscard]] const NodePtr& value();
  /// Adds another one to it, in place where nobody else can see the sum and nothing is recorded.
  void add(Gradient term);

 private:
  NodePtr value_;
  std::unique_ptr<Unmultiplied> product_;
};

/// Where a leaf's gradient adds up. Several threads may add at once; what they add is summed in the order in
/// which it arrives.
class GradientSlot {
 public:
  void add(Gradient term);
  /// Empties it.
  Gradient take();
  void put(Gradient gradient);
  /// A product is multiplied first, and stays so.
  [[nodiscard]] std::optional<Variable> value();
  /// For whoever knows that no other thread is at work on the leaf.
  [[nodiscard]] const Unmultiplied* product() const { return gradient_.product(); }
  [[nodiscard]] bool is_empty() const { return !gradient_; }

 private:
  Gradient gradient_;
};

}  // namespace hourglass
