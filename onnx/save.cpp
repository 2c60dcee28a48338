#include <hourglass/autograd/tape.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/onnx/internal/forms.h>
#include <hourglass/onnx/save.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace hourglass::onnx {

namespace {

using namespace internal;

struct Run {
  std::vector<Variable> inputs;
  std::vector<NetworkOutput> outputs;
  std::vector<Call> calls;
};

Run run(const std::vector<NetworkInput>& inputs, DType dtype, Forward forward, std::int64_t examples) {
  Run out;
  Generator generator(static_cast<std::uint64_t>(examples));
  for (const NetworkInput& input : inputs) {
    const Shape shape = input.example.insert(0, examples);
    const DType own = input.dtype.value_or(dtype);
    out.inputs.emplace_back(is_floating(own) ? uniform(shape, 0.0, 1.0, generator, own) : zeros(shape, own));
  }
  const Tape tape;
  out.outputs = forward(out.inputs);
  out.calls = tape.calls();
  return out;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  if (!(a.shape() == b.shape()) || a.dtype() != b.dtype()) return false;
  const Tensor x = a.contiguous(), y = b.contiguous();
  return visit(a.dtype(), [&]<class T>() {
    return a.size() == 0 ||
           std::memcmp(x.data<T>(), y.data<T>(), static_cast<std::size_t>(a.size()) * sizeof(T)) == 0;
  });
}

// Whether both are the same elements in the same order, if perhaps in other shapes.
bool same_elements(const Tensor& a, const Tensor& b) {
  if (!a.shares_storage(b) || a.dtype() != b.dtype() || a.size() != b.size()) return false;
  const bool same_layout = a.shape() == b.shape() ? a.strides() == b.strides() : false;
  return (same_layout || (a.is_contiguous() && b.is_contiguous())) &&
         visit(a.dtype(), [&]<class T>() { return a.data<T>() == b.data<T>(); });
}

// Parameters and states by what they are, for the names of constants.
struct Names final : nn::Visitor {
  void on_parameter(const std::string& path, Variable& parameter) override {
    list.push_back({path, parameter.value()});
  }
  void on_state(const std::string& path, Tensor& state) override { list.push_back({path, state}); }
  [[nodiscard]] std::string of(const Tensor& value) const {
    for (const NamedTensor& named : list) {
      if (same_elements(named.value, value)) return named.name;
    }
    return "";
  }
  std::vector<NamedTensor> list;
};

// Two runs, op by op, into a graph.
class Writer {
 public:
  Writer(const nn::Module& model, const std::vector<NetworkInput>& inputs, const Options& options,
         const Run& first, const Run& second)
      : graph_(options.dtype), first_(first), second_(second), batch_input_(inputs.front().name) {
    names_.walk(model);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      Value& value = value_of(first.inputs[i], second.inputs[i]);
      value.last = inputs[i].name;
      value.constant.reset();
      graph_.add_input(inputs[i].name, value.shape, value.dtype);
    }
  }

  std::string write(const std::string& description) {
    expect_same_ops();
    for (std::size_t i = 0; i < first_.calls.size(); ++i) write(first_.calls[i], second_.calls[i]);
    for (std::size_t i = 0; i < first_.outputs.size(); ++i) write_output(i);
    return graph_.finish(description);
  }

 private:
  void expect_same_ops() const {
    const bool same =
        first_.outputs.size() == second_.outputs.size() &&
        std::equal(first_.calls.begin(), first_.calls.end(), second_.calls.begin(), second_.calls.end(),
                   [](const Call& a, const Call& b) {
                     return std::string_view(a.op) == b.op && a.inputs.size() == b.inputs.size();
                   });
    if (same) return;
    throw DataError(
        "onnx::save: the forward pass takes other ops for {} examples than for {}, which a file cannot hold; "
        "let it do the same for any number of examples and any numbers",
        kExamples, kExamples + 1);
  }

  // What a variable of the first run is, which is `other` in the second.
  Value& value_of(const Variable& in_first, const Variable& in_second) {
    const auto [at, is_new] = values_.try_emplace(in_first.node().get());
    Value& value = at->second;
    if (!is_new) return value;
    value.shape = in_first.shape(), value.other = in_second.shape(), value.dtype = in_first.dtype();
    tensors_.emplace_back(in_first.value(), &value);
    if (in_first.is_leaf() && same_bits(in_first.value(), in_second.value())) {
      value.constant = in_first.value();
      value.hint = names_.of(in_first.value());
    }
    return value;
  }

  // A tensor that an op was called with; null if it is no constant and no op made it.
  Value* find(const Tensor& in_first, const Tensor& in_second) {
    for (const auto& [tensor, value] : tensors_) {
      if (same_elements(tensor, in_first)) return value;
    }
    if (!same_bits(in_first, in_second)) return nullptr;
    kept_.emplace_back(in_first);
    return &value_of(kept_.back(), Variable(in_second));
  }

  // An input of an op; perhaps in another Variable than the op's that made it: detach(), Variable(x.value()).
  Value& input_of(const Variable& in_first, const Variable& in_second) {
    Value& own = value_of(in_first, in_second);
    if (own.is_there()) return own;
    for (const auto& [tensor, value] : tensors_) {
      if (value->is_there() && value->shape == own.shape && same_elements(tensor, in_first.value()))
        return *value;
    }
    return own;
  }

  void write(const Call& call, const Call& other) {
    std::vector<Value*> inputs;
    for (std::size_t i = 0; i < call.inputs.size(); ++i)
      inputs.push_back(&input_of(call.inputs[i], other.inputs[i]));
    Value& output = value_of(call.output, other.output);
    output.constant.reset();
    graph_.set_layer(call.layer);
    const auto find_tensor = [&](const Tensor& a, const Tensor& b) { return find(a, b); };
    Op op(graph_, call, other, inputs, output, find_tensor, batch_input_);
    if (fold(call, other, inputs, output)) return;
    for (const Value* input : inputs) {
      if (!input->is_there())
        op.refuse(
            "takes numbers that depend on the input but were not computed by ops on Variables (taken by "
            ".value(), or random)");
    }
    const Form form = form_of(call.op);
    if (!form) op.refuse("has no form in ONNX");
    form(op);
  }

  // What is computed from constants alone is one.
  static bool fold(const Call& call, const Call& other, const std::vector<Value*>& inputs, Value& output) {
    for (const Value* input : inputs) {
      if (!input->constant) return false;
    }
    if (!same_bits(call.output.value(), other.output.value())) return false;
    output.constant = call.output.value();
    for (const Value* input : inputs) {
      if (output.hint.empty()) output.hint = input->hint;
    }
    return true;
  }

  void write_output(std::size_t i) {
    const NetworkOutput &of_first = first_.outputs[i], &of_second = second_.outputs[i];
    Value& value = value_of(of_first.value, of_second.value);
    const Call call{.op = "output", .inputs = {}, .output = of_first.value, .arguments = {}, .layer = ""};
    const auto none = [](const Tensor&, const Tensor&) { return static_cast<Value*>(nullptr); };
    graph_.set_layer("");
    Op op(graph_, call, call, {}, value, none, batch_input_);
    std::vector<bool> open;
    open.reserve(static_cast<std::size_t>(value.rank()));
    for (int axis = 0; axis < value.rank(); ++axis) open.push_back(value.is_open(axis));
    const std::string name = op.last(value);
    graph_.add_output(of_first.name, name, value.shape, open, value.dtype);
  }

  Graph graph_;
  const Run &first_, &second_;
  std::string batch_input_;
  Names names_;
  std::unordered_map<const Node*, Value> values_;
  std::vector<std::pair<Tensor, Value*>> tensors_;
  std::vector<Variable> kept_;
};

nn::Layer& part_of(nn::Layer& model, const std::string& part) {
  std::string names;
  for (const nn::NamedModule& module : nn::modules(model)) {
    auto* const layer = dynamic_cast<nn::Layer*>(module.module);
    if (!layer) continue;
    if (module.name == part) return *layer;
    if (!module.name.empty()) names += (names.empty() ? "" : ", ") + module.name;
  }
  throw DataError("onnx::save: {} has no layer \"{}\"; it has {}", model.describe(), part,
                  names.empty() ? "none" : names);
}

}  // namespace

void save(const std::string& path, nn::Layer& model, const Shape& example, const Options& options) {
  nn::Layer& layer = options.part.empty() ? model : part_of(model, options.part);
  Options of_layer = options;
  of_layer.part.clear();
  save(
      path, layer, {{"x", example, options.input}},
      [&](const std::vector<Variable>& in) {
        return std::vector<NetworkOutput>{{"y", layer(in.at(0))}};
      },
      of_layer);
}

void save(const std::string& path, nn::Graph& model, const Options& options) {
  std::vector<NetworkInput> inputs;
  for (const std::int64_t i : model.inputs()) {
    const nn::GraphNode& node = model.nodes()[static_cast<std::size_t>(i)];
    const nn::GraphTensor& x = node.outputs.front();
    if (std::find(x.shape.begin(), x.shape.end(), -1) != x.shape.end()) {
      throw DataError(
          "onnx::save: the input \"{}\" of shape {} has an open extent, and a file has fixed ones; say which "
          "with onnx::save(path, model, {{name, shape}}, call)",
          node.name, nn::str(x.shape));
    }
    inputs.push_back({node.name, Shape(x.shape), x.dtype});
  }
  const auto call = [&](const std::vector<Variable>& in) {
    const std::vector<Variable> y = model(in);
    std::vector<NetworkOutput> outputs;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const nn::GraphEdge& edge = model.outputs()[i];
      std::string name = model.nodes()[static_cast<std::size_t>(edge.node)].name;
      const auto same = [&](const NetworkOutput& o) { return o.name == name; };
      if (edge.output > 0 || std::any_of(outputs.begin(), outputs.end(), same))
        name.append("_").append(std::to_string(i));
      outputs.push_back({std::move(name), y[i]});
    }
    return outputs;
  };
  save(path, model, inputs, call, options);
}

void save(const std::string& path, nn::Module& model, const std::vector<NetworkInput>& inputs,
          Forward forward, const Options& options) {
  if (inputs.empty())
    throw DataError("onnx::save: a network needs an input; give its name and the shape of an example");
  if (!options.part.empty())
    throw DataError("onnx::save: part \"{}\" of a call of one's own is not known; let the call give it alone",
                    options.part);
  if (options.dtype) expect_floating("onnx::save", *options.dtype);
  const std::vector<NamedParameter> parameters = nn::parameters(model);
  const DType dtype = parameters.empty() ? float32 : parameters.front().variable.dtype();
  const nn::Evaluating evaluating(model);
  const Run first = run(inputs, dtype, forward, kExamples),
            second = run(inputs, dtype, forward, kExamples + 1);
  write_atomically("onnx::save", path, Writer(model, inputs, options, first, second).write(model.describe()));
}

}  // namespace hourglass::onnx
