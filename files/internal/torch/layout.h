#pragma once

#include <hourglass/nn/module.h>

#include <functional>
#include <string>
#include <vector>

/// Where images are channels first, as in PyTorch, and where they are as ours: channels last.
namespace hourglass::files::torch {

enum class Layout : std::uint8_t {
  plain,   // as ours, whatever the rank
  images,  // (N, C, H, W)
  flat,    // (N, C·H·W), such images flattened
};

/// What happens to one layer of a chain.
struct Step {
  const nn::Module* layer = nullptr;
  Layout layout = Layout::plain;  // of what it is given, after the conversion
  Layout gives = Layout::plain;
  bool to_images = false, to_plain = false;  // the conversion before it
  bool natural = false;                      // a Flatten or Reshape that is PyTorch's own
  std::int64_t in_channels = 0;              // a Dense's inputs are a flattened image of so many channels
  std::int64_t out_channels = 0;             // so are its outputs
};

/// A plan for layers that are called one after the other; it begins plain, and ends as the last one says. The
/// weights of one for which `is_shared` is true stay as they are.
[[nodiscard]] std::vector<Step> steps_of(const std::vector<const nn::Module*>& chain,
                                         const std::function<bool(const nn::Module&)>& is_shared);

/// Whether PyTorch has such an activation, and whether it acts on each element by itself.
[[nodiscard]] bool is_known_activation(const std::string& name);
[[nodiscard]] bool is_element_wise(const std::string& name);

}  // namespace hourglass::files::torch
