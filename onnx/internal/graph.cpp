#include <hourglass/onnx/internal/graph.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <array>

namespace hourglass::onnx::internal {

namespace {

// What protobuf can hold in one message.
constexpr std::int64_t kMostBytes = (std::int64_t{1} << 31) - 1;

void fill(::onnx::TensorProto& to, const Tensor& value) {
  for (const std::int64_t extent : value.shape()) to.add_dims(extent);
  to.set_data_type(type_number(value.dtype()));
  const Tensor flat = value.contiguous();
  visit(flat.dtype(), [&]<class T>() {
    to.set_raw_data(flat.data<T>(), static_cast<std::size_t>(flat.size()) * sizeof(T));
  });
}

void add(::onnx::NodeProto& node, const Attribute& attribute) {
  ::onnx::AttributeProto& to = *node.add_attribute();
  to.set_name(attribute.name);
  if (const auto* const n = std::get_if<std::int64_t>(&attribute.value)) {
    to.set_type(::onnx::AttributeProto::INT), to.set_i(*n);
  } else if (const auto* const x = std::get_if<double>(&attribute.value)) {
    to.set_type(::onnx::AttributeProto::FLOAT), to.set_f(static_cast<float>(*x));
  } else if (const auto* const list = std::get_if<Ints>(&attribute.value)) {
    to.set_type(::onnx::AttributeProto::INTS);
    for (const std::int64_t i : *list) to.add_ints(i);
  } else if (const auto* const text = std::get_if<std::string>(&attribute.value)) {
    to.set_type(::onnx::AttributeProto::STRING), to.set_s(*text);
  } else {
    to.set_type(::onnx::AttributeProto::TENSOR), fill(*to.mutable_t(), std::get<Tensor>(attribute.value));
  }
}

void fill(::onnx::ValueInfoProto& to, const std::string& name, int type) {
  to.set_name(name);
  to.mutable_type()->mutable_tensor_type()->set_elem_type(type);
}
::onnx::TensorShapeProto::Dimension& add_axis(::onnx::ValueInfoProto& to) {
  return *to.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim();
}

// libonnx's own opinion: operators, types and shapes.
void check(::onnx::ModelProto model) {
  try {
    ::onnx::checker::check_model(model);
    ::onnx::ShapeInferenceOptions strict;
    strict.check_type = true;
    strict.error_mode = 1;
    ::onnx::shape_inference::InferShapes(model, ::onnx::OpSchemaRegistry::Instance(), strict);
  } catch (const std::exception& e) {
    throw DataError(
        "onnx::save: libonnx does not accept the graph: {}; please report this with the model, or write "
        "it in parts",
        e.what());
  }
}

}  // namespace

int type_number(DType dtype) {
  switch (dtype) {
    case float32:
      break;
    case float64:
      return ::onnx::TensorProto::DOUBLE;
    case int64:
      return ::onnx::TensorProto::INT64;
    case uint8:
      return ::onnx::TensorProto::UINT8;
  }
  return ::onnx::TensorProto::FLOAT;
}

DType Graph::written_type(DType dtype) const { return is_floating(dtype) && floating_ ? *floating_ : dtype; }

std::string Graph::free_name(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 1; !names_.insert(name).second; ++i) name = wanted + "_" + std::to_string(i);
  return name;
}

std::string Graph::node(const char* op, const std::vector<std::string>& inputs,
                        const Attributes& attributes) {
  ::onnx::NodeProto& node = *graph_.add_node();
  std::string name = free_name(op);
  node.set_op_type(op);
  node.set_name(name);
  node.set_doc_string(layer_);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(name);
  for (const Attribute& attribute : attributes) add(node, attribute);
  return name;
}

std::pair<std::string, std::string> Graph::node_with_two_outputs(const char* op,
                                                                 const std::vector<std::string>& inputs,
                                                                 const Attributes& attributes) {
  const std::string first = node(op, inputs, attributes), second = free_name(first + "_second");
  graph_.mutable_node()->rbegin()->add_output(second);
  return {first, second};
}

std::string Graph::constant(const Tensor& value, const std::string& hint) {
  return constant_of_own_type(value.to(written_type(value.dtype())), hint);
}

std::string Graph::constant_of_own_type(const Tensor& value, const std::string& hint) {
  ::onnx::TensorProto& tensor = *graph_.add_initializer();
  fill(tensor, value);
  tensor.set_name(free_name(hint.empty() ? "constant" : hint));
  return tensor.name();
}

std::string Graph::constant(const Ints& values) {
  if (const auto known = ints_.find(values); known != ints_.end()) return known->second;
  Tensor tensor(Shape{std::ssize(values)}, int64);
  std::copy(values.begin(), values.end(), tensor.mutable_data<std::int64_t>());
  return ints_[values] = constant(tensor, "integers");
}

std::string Graph::constant(double value, DType dtype) {
  const auto key = std::pair(value, dtype);
  if (const auto known = numbers_.find(key); known != numbers_.end()) return known->second;
  return numbers_[key] = constant(full({}, value, dtype), "number");
}

void Graph::add_input(const std::string& name, const Shape& shape, DType dtype) {
  if (!names_.insert(name).second)
    throw DataError("onnx::save: two inputs or outputs are called \"{}\"; give each a name of its own", name);
  ::onnx::ValueInfoProto& input = *graph_.add_input();
  fill(input, name, type_number(written_type(dtype)));
  add_axis(input).set_dim_param("batch");
  for (int i = 1; i < shape.rank(); ++i) add_axis(input).set_dim_value(shape[i]);
}

void Graph::add_output(const std::string& name, const std::string& value, const Shape& shape,
                       const std::vector<bool>& open, DType dtype) {
  if (!names_.insert(name).second)
    throw DataError("onnx::save: two inputs or outputs are called \"{}\"; give each a name of its own", name);
  ::onnx::ValueInfoProto& output = *graph_.add_output();
  fill(output, name, type_number(written_type(dtype)));
  for (int i = 0; i < shape.rank(); ++i) {
    ::onnx::TensorShapeProto::Dimension& axis = add_axis(output);
    if (!open[static_cast<std::size_t>(i)]) axis.set_dim_value(shape[i]);
    if (open[static_cast<std::size_t>(i)] && i == 0) axis.set_dim_param("batch");
  }
  ::onnx::NodeProto& node = *graph_.add_node();
  node.set_op_type("Identity");
  node.set_name(name);
  node.add_input(value);
  node.add_output(name);
}

// Takes the Identity away that stands between a value and an output, where a node makes the value.
void Graph::name_output(const std::string& value, const std::string& name) {
  auto& nodes = *graph_.mutable_node();
  const auto makes = [](const ::onnx::NodeProto& node, const std::string& output) {
    return node.output(0) == output;
  };
  const auto made = std::find_if(nodes.begin(), nodes.end(), [&](const auto& n) { return makes(n, value); });
  if (made == nodes.end() || made->op_type() == "Identity") return;
  for (auto node = nodes.begin(); node != nodes.end(); ++node) {
    for (std::string& input : *node->mutable_input()) {
      if (input == value) input = name;
    }
  }
  made->set_output(0, name);
  nodes.erase(std::find_if(nodes.begin(), nodes.end(), [&](const auto& n) {
    return n.input_size() == 1 && n.input(0) == name && makes(n, name);
  }));
}

void Graph::remove_unused() {
  std::unordered_set<std::string> needed;
  for (const auto& output : graph_.output()) needed.insert(output.name());
  auto& nodes = *graph_.mutable_node();
  for (int i = nodes.size() - 1; i >= 0; --i) {
    const auto& made = nodes[i].output();
    const auto is_needed = [&](const std::string& name) { return needed.count(name) > 0; };
    if (std::none_of(made.begin(), made.end(), is_needed)) {
      nodes.DeleteSubrange(i, 1);
    } else {
      needed.insert(nodes[i].input().begin(), nodes[i].input().end());
    }
  }
  auto& constants = *graph_.mutable_initializer();
  constants.erase(std::remove_if(constants.begin(), constants.end(),
                                 [&](const auto& c) { return needed.count(c.name()) == 0; }),
                  constants.end());
}

std::string Graph::finish(const std::string& description) {
  std::vector<std::pair<std::string, std::string>> outputs;
  for (const auto& node : graph_.node()) {
    if (node.op_type() == "Identity") outputs.emplace_back(node.input(0), node.output(0));
  }
  for (const auto& [value, name] : outputs) name_output(value, name);
  remove_unused();
  model_.set_ir_version(7);
  model_.set_producer_name("hourglass");
  graph_.set_name("hourglass");
  graph_.set_doc_string(description);
  ::onnx::OperatorSetIdProto& opset = *model_.add_opset_import();
  opset.set_domain("");
  opset.set_version(opset_);
  if (const auto bytes = static_cast<std::int64_t>(model_.ByteSizeLong()); bytes > kMostBytes) {
    throw DataError(
        "onnx::save: the model takes {} bytes, and an ONNX file holds 2 GB; write it in parts, or with "
        "{.dtype = float32}",
        bytes);
  }
  check(model_);
  return model_.SerializeAsString();
}

}  // namespace hourglass::onnx::internal
