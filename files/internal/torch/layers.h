#pragma once

#include <hourglass/files/internal/torch/bindings.h>
#include <hourglass/files/internal/torch/layout.h>
#include <hourglass/nn/layers/activation.h>
#include <hourglass/tensor/base/extent2.h>

#include <fmt/core.h>
#include <optional>

/// What PyTorch makes of each of the library's layers.
namespace hourglass::files::torch {

/// What was bound already: PyTorch's names of it, and how it is turned, "linear" or "linear turned".
struct Known {
  std::vector<std::string> theirs;
  std::string form;
};

/// Where a layer's parts go.
struct Out {
  Plan& plan;
  std::map<const void*, Known>& known;  // by a parameter's node, or the address of a tensor of state
  std::vector<PyModule>& into;
  std::string path, name;  // of the layer: "encoder.0", "0"

  [[nodiscard]] std::string at(const char* member) const {
    return path.empty() ? member : path + "." + member;
  }
  /// A part under the layer's own name, and one under that with an ending: "0_relu".
  void layer(const std::string& expression);
  void beside(const std::string& ending, const std::string& expression);
  void use(const char* helper) { plan.helpers.insert(helper); }
  void refuse(const std::string& why) { plan.unsayable.push_back(why); }

  /// Binds a parameter, or state. If it was bound before under other names, these become aliases; if in
  /// another form, the name of its transpose is given, which a TiedLinear can use.
  std::optional<std::string> bind(Binding binding, const void* identity, const std::string& form);
  std::optional<std::string> bind(Binding binding, const Variable& variable, const std::string& form) {
    return bind(std::move(binding), variable.node().get(), form);
  }
  /// γ and β, which PyTorch has both or neither.
  void scale_and_shift(const std::optional<Variable>& gamma, const std::optional<Variable>& beta,
                       std::int64_t features, DType dtype);
  /// The activation of a layer whose channels are on an axis of PyTorch's.
  void activation(const nn::Activation& f, int channel_axis);
};

/// Adds a layer to its sequence. False for a type that is none of the library's.
[[nodiscard]] bool say_layer(const nn::Module& layer, const Step& step, Out& out);
/// The same for convolutions and what else takes images.
[[nodiscard]] bool say_image_layer(const nn::Module& layer, const Step& step, Out& out);

/// "" for float32, ", dtype=torch.float64" for float64.
[[nodiscard]] std::string dtype_argument(DType dtype);
[[nodiscard]] inline std::string bias_argument(bool bias) { return bias ? "" : ", bias=False"; }
/// "(3, 5)"
[[nodiscard]] std::string pair(Extent2 e);

template <class Layer>
bool try_say(const nn::Module& module, const Step& step, Out& out,
             void (*say)(const Layer&, const Step&, Out&)) {
  const auto* const layer = dynamic_cast<const Layer*>(&module);
  if (layer) say(*layer, step, out);
  return layer != nullptr;
}

}  // namespace hourglass::files::torch
