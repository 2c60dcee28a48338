#pragma once

#include "twelve_models.h"

#include <hourglass/nn/graph.h>

#include <string>
#include <vector>

/// Further models, for what the twelve do not hold of Keras's formats.
namespace hourglass::interop {

/// padded (a Conv2D padded in numbers, dilated ConvTranspose2D, leaky_relu as an activation, keepdims),
/// stacked (LSTM, LayerNormalization, log_softmax), along (GRU and layers along one axis), frozen (a frozen
/// BatchNormalization before others), skip (a graph with skip connections, branches and a nested Sequential).
[[nodiscard]] std::vector<std::string> extra_names();
/// After 20 steps of Adam, in evaluation mode.
[[nodiscard]] Example extra_example(const std::string& name);

/// A graph with two inputs, a layer and a nested graph that are called on both, and what merges them.
[[nodiscard]] nn::Graph shared_graph();
[[nodiscard]] std::vector<Tensor> shared_inputs();

/// float32 or float64 in NumPy's format, version 1.0. Throws FileError.
[[nodiscard]] Tensor read_npy(const std::string& path);

}  // namespace hourglass::interop
