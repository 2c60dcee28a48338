#pragma once

#include <hourglass/files/internal/keras/fields.h>
#include <hourglass/nn/sequential.h>

namespace hourglass::files::keras {

/// One layer of Keras as layers of ours.
struct Making {
  const Fields& fields;
  const Dims& input;  // of a layer that merges several, the first one's
  DType dtype;
  std::string name;               // of the first of ours; may be empty
  std::vector<nn::Part> parts{};  // ours, one or two
  std::vector<Weight> weights{};  // in Keras's order

  template <class L>
  L& add(L layer) {
    auto shared = std::make_shared<L>(std::move(layer));
    parts.push_back(nn::Part(std::exchange(name, {}), shared));
    return *shared;
  }
  /// The extent of the last axis. Throws FileError if it is not known.
  [[nodiscard]] std::int64_t channels() const;
};

/// Adds what a layer of Keras of this type is in ours, and its weights in Keras's order. Throws FileError
/// that names the type if we have none, and options that we do not have.
void make_layer(const std::string& type, Making& making);

}  // namespace hourglass::files::keras
