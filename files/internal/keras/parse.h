#pragma once

#include <hourglass/files/internal/keras/network.h>

#include <memory>
#include <string>
#include <string_view>

namespace hourglass::files::keras {

/// A model made of a configuration, and where its weights go: they are zeros without memory until then.
struct Parsed {
  std::unique_ptr<nn::Layer> model;
  Network network;
};

/// The model that a configuration of Keras (2 or 3) describes. `source` begins the texts. Throws FileError
/// that names each layer type that there is not, and options that have no counterpart.
[[nodiscard]] Parsed parse(std::string_view json, const std::string& source);

}  // namespace hourglass::files::keras
