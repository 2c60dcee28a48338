#pragma once

#include <hourglass/nn/layers/merge.h>
#include <hourglass/nn/sequential.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// Networks as graphs of layers, Keras's functional style: tensors without values, on which layers are
/// called; a Graph (nn/graph.h) is made of the first and the last of them.
namespace hourglass::nn {

namespace internal {
struct LayerCall;
}

/// The extents of one example, without the batch axis; −1 for one that may be any.
using ExampleShape = std::vector<std::int64_t>;
/// "(None, 28, 28, 1)", with the batch axis, as Keras shows it.
[[nodiscard]] std::string str(const ExampleShape& shape);

struct InputOptions {
  std::string name{};  // "input_layer", "input_layer_1", … if it is empty
  DType dtype = float32;
};

/// What an input or a layer of a graph will give: a shape and a type, no values. Calling a layer on it, which
/// runs the layer once on zeros, gives the next one, so a wrong shape is found where the layer is called.
///
///     const auto x = nn::input({28, 28, 1});
///     const auto h = x.then(nn::Conv2D(1, 8, {.kernel = {3, 3}, .padding = same, .activation = relu}));
///     const auto y = nn::add({h, h.then({"again", nn::Conv2D(8, 8, {.kernel = {3, 3}, .padding = same})})});
///
/// A cheap handle; copying shares.
class SymbolicTensor {
 public:
  /// A layer, which moves in, or a function, called on it; with a name of its own, {"code", nn::Dense(8, 2)},
  /// or none. A Part that is called several times is one layer with one set of weights:
  ///     nn::Part embed = nn::Dense(784, 32);
  ///     const auto left = a.then(embed), right = b.then(embed);
  /// Errors of the layer pass through.
  [[nodiscard]] SymbolicTensor then(const Part& layer) const;

  [[nodiscard]] const ExampleShape& shape() const;
  [[nodiscard]] DType dtype() const;

 private:
  friend class Graph;
  friend struct internal::LayerCall;
  friend std::vector<SymbolicTensor> call(Part layer, const std::vector<SymbolicTensor>& x);
  SymbolicTensor(std::shared_ptr<const internal::LayerCall> call, std::size_t output)
      : call_(std::move(call)), output_(output) {}
  friend SymbolicTensor input(ExampleShape shape, const InputOptions& options);

  std::shared_ptr<const internal::LayerCall> call_;
  std::size_t output_ = 0;
};

/// Where a graph begins. −1 stands for an extent that may be any, of sequences or images: layers are tried
/// with two. Throws ShapeError for other extents below 1.
[[nodiscard]] SymbolicTensor input(ExampleShape shape, const InputOptions& options = {});

/// A layer called on several tensors, or one that gives several. Throws DataError for several tensors and a
/// layer that takes one.
[[nodiscard]] std::vector<SymbolicTensor> call(Part layer, const std::vector<SymbolicTensor>& x);
/// The same for a layer that gives one; DataError for another.
///     const auto z = nn::merge(nn::Reparameterize(), {mean, log_variance});
[[nodiscard]] SymbolicTensor merge(const Part& layer, const std::vector<SymbolicTensor>& x);
/// A function of several Variables, under a name (see MergeFunction):
///     const auto y = nn::merge("gate", [](const Variable& x, const Variable& g) { return x * sigmoid(g); },
///                              {x, g});
template <class F>
[[nodiscard]] SymbolicTensor merge(std::string name, F f, const std::vector<SymbolicTensor>& x) {
  return merge(Part(LambdaMerge({std::move(name), std::move(f)})), x);
}

// The merge layers as functions.
[[nodiscard]] SymbolicTensor add(const std::vector<SymbolicTensor>& x);
[[nodiscard]] SymbolicTensor subtract(const SymbolicTensor& a, const SymbolicTensor& b);
[[nodiscard]] SymbolicTensor multiply(const std::vector<SymbolicTensor>& x);
[[nodiscard]] SymbolicTensor average(const std::vector<SymbolicTensor>& x);
[[nodiscard]] SymbolicTensor maximum(const std::vector<SymbolicTensor>& x);
[[nodiscard]] SymbolicTensor minimum(const std::vector<SymbolicTensor>& x);
[[nodiscard]] SymbolicTensor concatenate(const std::vector<SymbolicTensor>& x, int axis = -1);
[[nodiscard]] SymbolicTensor dot(const SymbolicTensor& a, const SymbolicTensor& b,
                                 const DotOptions& options = {});
[[nodiscard]] inline SymbolicTensor operator+(const SymbolicTensor& a, const SymbolicTensor& b) {
  return add({a, b});
}
[[nodiscard]] inline SymbolicTensor operator-(const SymbolicTensor& a, const SymbolicTensor& b) {
  return subtract(a, b);
}
[[nodiscard]] inline SymbolicTensor operator*(const SymbolicTensor& a, const SymbolicTensor& b) {
  return multiply({a, b});
}

}  // namespace hourglass::nn
