#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/nn/module.h>
#include <hourglass/tensor/base/internal/strict_json.h>

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

/// What Keras's formats hold, between our modules on one side and HDF5 and JSON on the other.
namespace hourglass::files::keras {

using hourglass::internal::Json;

/// The extents of one example, without the batch axis; -1 for one that is not known (null in Keras).
using Dims = std::vector<std::int64_t>;
inline constexpr std::int64_t kUnknown = -1;
[[nodiscard]] std::string text(const Dims& dims);  // "(28, 28, None)"

/// A parameter or a state of one of our layers, where Keras has it in a layer of its own.
struct Weight {
  std::string name;  // "kernel"
  std::variant<Variable*, Tensor*> place;
  bool transposed = false;          // Keras's value is the transpose: the kernel of a TiedDense
  std::int64_t spread_rows = 1;     // Keras's kernel has so many rows and columns for each of ours, all but
  std::int64_t spread_columns = 1;  // the first zeros: a dilated kernel written out

  std::shared_ptr<Tensor> constant{};  // what `place` is, if it is not a part of the model

  [[nodiscard]] bool is_trainable() const { return std::holds_alternative<Variable*>(place); }
  [[nodiscard]] const Tensor& ours() const;
  [[nodiscard]] Tensor value() const;  // as Keras has it
};

struct Network;

/// Which output of which layer: the layer by its index in the network, and which of its calls.
struct Source {
  std::size_t layer = 0, call = 0;
};

struct Layer {
  std::string type;              // Keras's class, "Dense"
  std::string name;              // "dense_1"
  Json config = Json::object();  // its own fields, in the form of Keras 3
  DType dtype = float32;
  bool trainable = true;
  std::vector<Weight> weights{};      // in Keras's order: trainable ones first
  std::shared_ptr<Network> inside{};  // of a nested model
  Dims input{}, output{};
  std::vector<std::vector<Source>> calls{};  // of a functional model: the sources of each call
};

struct Network {
  bool functional = false;
  std::string name;
  std::vector<Layer> layers{};  // of a functional model, with its InputLayers
  Dims input{}, output{};
  std::vector<Source> inputs{}, outputs{};     // of a functional model
  std::vector<std::shared_ptr<void>> keeps{};  // layers that are not the model's own
};

/// All weights, in the order in which Keras lists those of a nested model: trainable ones first.
[[nodiscard]] std::vector<const Weight*> weights_of(const Network& network);

/// "Conv2DTranspose" -> "conv2d_transpose": how Keras names what was given no name.
[[nodiscard]] std::string to_snake_case(const std::string& type);

}  // namespace hourglass::files::keras
