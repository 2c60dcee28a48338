#pragma once

#include <hourglass/nn/symbolic.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace hourglass::nn::internal {

/// What a layer gives for several tensors. Throws DataError if it takes one only.
[[nodiscard]] std::vector<Variable> outputs_of(Layer& layer, const std::vector<Variable>& x);

/// One call of a layer on symbolic tensors, or an input of a graph. It never changes, so no cycle can be
/// made.
struct LayerCall {
  /// A tensor that it gives.
  struct Output {
    ExampleShape shape;
    DType dtype;
    std::array<Shape, 2> examples;  // of one example, with its batch axis; they differ where extents are any
  };

  LayerCall();
  LayerCall(const LayerCall&) = delete;
  LayerCall& operator=(const LayerCall&) = delete;
  ~LayerCall();
  /// Runs the layer on zeros.
  void find_outputs();

  std::optional<Part> part;  // none for an input
  std::string input_name{};
  std::vector<SymbolicTensor> inputs{};
  std::vector<Output> outputs{};
  std::uint64_t number;  // those of its inputs are lower
};

}  // namespace hourglass::nn::internal
