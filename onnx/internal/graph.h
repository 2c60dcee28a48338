#pragma once

#include <hourglass/tensor/tensor.h>

#include <onnx/onnx_pb.h>

#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

namespace hourglass::onnx::internal {

using Ints = std::vector<std::int64_t>;
struct Attribute {
  const char* name;
  std::variant<std::int64_t, double, Ints, std::string, Tensor> value;
};
using Attributes = std::vector<Attribute>;

/// ONNX's number for a type.
[[nodiscard]] int type_number(DType dtype);

/// A graph as it is written: nodes and constants, each value by its name.
class Graph {
 public:
  /// Floating numbers are written as `floating`, if given.
  explicit Graph(std::optional<DType> floating) : floating_(floating) {}

  /// Adds a node with one output and returns its name. An empty input is one that is left out.
  std::string node(const char* op, const std::vector<std::string>& inputs, const Attributes& attributes = {});
  std::pair<std::string, std::string> node_with_two_outputs(const char* op,
                                                            const std::vector<std::string>& inputs,
                                                            const Attributes& attributes);
  /// Adds a constant and returns its name, `hint` if there is one that is free.
  std::string constant(const Tensor& value, const std::string& hint = "");
  std::string constant_of_own_type(const Tensor& value, const std::string& hint);
  std::string constant(const Ints& values);
  std::string constant(double value, DType dtype);

  void add_input(const std::string& name, const Shape& shape, DType dtype);
  /// The batch axis of `shape` is open; extents of −1 are left unsaid.
  void add_output(const std::string& name, const std::string& value, const Shape& shape,
                  const std::vector<bool>& open, DType dtype);

  /// What nodes that follow are said to belong to.
  void set_layer(std::string layer) { layer_ = std::move(layer); }
  void need_opset(int opset) { opset_ = std::max(opset_, opset); }
  [[nodiscard]] DType written_type(DType dtype) const;

  /// The model without what no output needs. Throws DataError beyond 2 GB, or if libonnx finds fault with it.
  [[nodiscard]] std::string finish(const std::string& description);

 private:
  [[nodiscard]] std::string free_name(const std::string& wanted);
  void remove_unused();
  void name_output(const std::string& value, const std::string& name);

  ::onnx::ModelProto model_;
  ::onnx::GraphProto& graph_ = *model_.mutable_graph();
  std::unordered_set<std::string> names_;
  std::map<Ints, std::string> ints_;
  std::map<std::pair<double, DType>, std::string> numbers_;
  std::string layer_;
  std::optional<DType> floating_;
  int opset_ = 13;
};

}  // namespace hourglass::onnx::internal
