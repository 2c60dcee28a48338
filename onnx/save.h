#pragma once

#include <hourglass/nn/graph.h>
#include <hourglass/nn/module.h>
#include <hourglass/tensor/base/function.h>

#include <optional>
#include <string>
#include <vector>

/// Models as ONNX files, for programs that run networks of any origin: ONNX Runtime, browsers, phones.
///
/// What is written is the forward pass in evaluation mode, as it happens: it is run twice on a Tape, on two
/// batches of different sizes, and each op on the tape becomes ONNX's. So a module of one's own is written as
/// the library's are, if it computes by ops on Variables. What differs between the two runs depends on the
/// batch; the batch axis is open and called "batch". Shapes at the borders are ours, channels last; between
/// convolutions values stay channels first, as ONNX has them.
namespace hourglass::onnx {

/// A tensor that the network is given: its name in the file and the shape of one example.
struct NetworkInput {
  std::string name;
  Shape example;                 // without the batch axis
  std::optional<DType> dtype{};  // that of the model's first parameter, if not given
};
/// A tensor that it gives.
struct NetworkOutput {
  std::string name;
  Variable value;  // of which the first axis is the batch
};
using Forward = FunctionRef<std::vector<NetworkOutput>(const std::vector<Variable>& inputs)>;

struct Options {
  /// The layer inside the model that is written alone, such as "encoder"; empty for the whole model.
  std::string part{};
  /// The type of "x", that of the model's first parameter if not given: int64 for an Embedding's indices.
  std::optional<DType> input{};
  /// The type of the file's numbers, that of the model's if not given: float32 lets a float64 model run where
  /// there are no float64 kernels (ONNX Runtime has none for convolutions).
  std::optional<DType> dtype{};
};

/// Writes a layer, its input "x" and its output "y". `example` is the shape of one example, without the batch
/// axis: {784}, {28, 28, 1}.
///
/// Opset 13, or the least above it that the model's ops need. The file is checked and its shapes are inferred
/// by libonnx before it takes the place of an old one, at once (see write_atomically). Throws DataError for
/// an op that has no form in ONNX or a value that was not computed by ops, both with the layer's name; for a
/// part that is none; for a model beyond 2 GB. FileError if the file cannot be written. Errors of the forward
/// pass go through.
void save(const std::string& path, nn::Layer& model, const Shape& example, const Options& options = {});

/// The same for a graph of layers: inputs and outputs have the names of their nodes "name_1" for further
/// outputs of one layer. Throws DataError for an input whose extents are open, besides the batch: a file has
/// fixed ones.
void save(const std::string& path, nn::Graph& model, const Options& options = {});

/// The same for modules of any form of call, with several inputs or outputs:
///     onnx::save("model.onnx", model, {{"x", {784}}}, [&](const std::vector<Variable>& in) {
///       const Variable code = model.encode(in[0]);
///       return std::vector<onnx::NetworkOutput>{{"code", code}, {"reconstruction", model.decode(code)}};
///     });
/// The model gives the parameters' names.
void save(const std::string& path, nn::Module& model, const std::vector<NetworkInput>& inputs,
          Forward forward, const Options& options = {});

}  // namespace hourglass::onnx
