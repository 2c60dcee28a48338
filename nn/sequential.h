#pragma once

#include <hourglass/nn/module.h>

#include <concepts>

namespace hourglass::nn {

/// Layers one after the other; a layer itself, so sequences nest. Empty, it is the identity.
///
///     nn::Sequential encoder{nn::Dense(784, 128, {.activation = relu}), nn::Dense(128, 32)};
class Sequential : public Layer {
 public:
  Sequential() = default;
  template <class... Layers>
  requires(sizeof...(Layers) > 0 &&
           (std::derived_from<Layers, Layer> && ...)) explicit Sequential(Layers&&... layers) {
    (add(std::forward<Layers>(layers)), ...);
  }

  /// Appends a layer, which moves in.
  template <std::derived_from<Layer> L>
  L& add(L&& layer) {
    auto owned = std::make_unique<L>(std::move(layer));  // NOLINT(bugprone-move-forwarding-reference)
    L& reference = *owned;
    layers_.push_back(std::move(owned));
    return reference;
  }

  Variable forward(const Variable& x) override;
  void visit(Visitor& v) override { v("", layers_); }
  [[nodiscard]] std::string details() const override;

  [[nodiscard]] std::size_t size() const { return layers_.size(); }
  /// Throws IndexError.
  [[nodiscard]] Layer& operator[](std::size_t i);

 private:
  std::vector<std::unique_ptr<Layer>> layers_;
};

}  // namespace hourglass::nn
