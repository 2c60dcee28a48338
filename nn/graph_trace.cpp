#include <hourglass/nn/graph.h>
#include <hourglass/nn/internal/layer_call.h>
#include <hourglass/tensor/base/error.h>

#include <cctype>
#include <map>
#include <set>

namespace hourglass::nn {

using internal::LayerCall;

namespace {

// "Conv2DTranspose" -> "conv2d_transpose", "ReLU" -> "re_lu", as Keras names layers.
std::string snake_case(const std::string& type) {
  const auto upper = [&](std::size_t i) {
    return i < type.size() && std::isupper(static_cast<unsigned char>(type[i]));
  };
  const auto lower = [&](std::size_t i) {
    return i < type.size() && std::islower(static_cast<unsigned char>(type[i]));
  };
  std::string out;
  for (std::size_t i = 0; i < type.size(); ++i) {
    const auto c = static_cast<unsigned char>(type[i]);
    if (!std::isalnum(c) && c != '_') continue;
    if (i > 0 && upper(i) && (lower(i - 1) || lower(i + 1))) out += '_';
    out += static_cast<char>(std::tolower(c));
  }
  return out;
}

// Names in the order in which they are asked for; given ones first of all.
class Names {
 public:
  void reserve(const std::string& name) {
    if (name.empty()) return;
    if (!taken_.insert(name).second)
      throw DataError("Graph: two parts are named \"{}\"; each needs a name of its own", name);
  }
  std::string make(const std::string& base) {
    int& number = next_[base];
    std::string name;
    do {
      name = number == 0 ? base : base + "_" + std::to_string(number);
      ++number;
    } while (!taken_.insert(name).second);
    return name;
  }

 private:
  std::set<std::string> taken_;
  std::map<std::string, int> next_;
};

std::string base_name(const Layer& layer) {
  if (const auto* const f = dynamic_cast<const LambdaMerge*>(&layer)) return f->function().name();
  const std::string name = snake_case(layer.type_name());
  return name.empty() ? "layer" : name;
}

using Key = std::pair<const LayerCall*, std::size_t>;
using Calls = std::map<std::uint64_t, const LayerCall*>;  // in the order in which they were made

}  // namespace

/// Reads a graph's description and its layers from the symbolic tensors.
class Graph::Tracer {
 public:
  Tracer(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs) {
    for (const SymbolicTensor& x : inputs) {
      const auto node = std::ssize(config.inputs);
      if (!edges_.emplace(key(x), GraphEdge{node, 0}).second)
        throw DataError("Graph: an input is listed twice, \"{}\"; list each once", x.call_->input_name);
      config.inputs.push_back(node);
    }
    const Calls calls = needed_by(outputs);
    for (const SymbolicTensor& x : inputs) names_.reserve(x.call_->input_name);
    for (const auto& [number, call] : calls) {
      const Part& part = *call->part;
      if (names_of_.emplace(&part.layer(), part.name()).second) names_.reserve(part.name());
    }
    for (const SymbolicTensor& x : inputs) {
      const std::string& given = x.call_->input_name;
      config.nodes.push_back(
          {given.empty() ? names_.make("input_layer") : given, {}, {{x.shape(), x.dtype()}}});
    }
    for (const auto& [number, call] : calls) add(*call);
    for (const SymbolicTensor& y : outputs) config.outputs.push_back(edges_.at(key(y)));
  }

  GraphConfig config{};
  std::vector<Part> layers{};  // each once, with a name

 private:
  static Key key(const SymbolicTensor& x) { return {x.call_.get(), x.output_}; }

  [[nodiscard]] Calls needed_by(const std::vector<SymbolicTensor>& outputs) const {
    Calls calls;
    std::vector<SymbolicTensor> left(outputs);
    while (!left.empty()) {
      const SymbolicTensor x = left.back();
      left.pop_back();
      const LayerCall& call = *x.call_;
      if (edges_.contains(key(x))) continue;
      if (!call.part) {
        throw DataError(
            "Graph: an output needs the input \"{}\" {}, which is not listed; Graph({x, ...}, {y})",
            call.input_name, str(x.shape()));
      }
      if (calls.emplace(call.number, &call).second)
        left.insert(left.end(), call.inputs.begin(), call.inputs.end());
    }
    return calls;
  }

  void add(const LayerCall& call) {
    Layer& layer = call.part->layer();
    std::string& name = names_of_[&layer];
    if (name.empty()) name = names_.make(base_name(layer));
    if (listed_.insert(&layer).second) {
      layers.push_back(*call.part);
      layers.back().name_ = name;
    }
    GraphConfig::Node node{name};
    for (const SymbolicTensor& x : call.inputs) node.inputs.push_back(edges_.at(key(x)));
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
      node.outputs.push_back({call.outputs[i].shape, call.outputs[i].dtype});
      edges_.emplace(Key(&call, i), GraphEdge{std::ssize(config.nodes), static_cast<std::int64_t>(i)});
    }
    config.nodes.push_back(std::move(node));
  }

  std::map<Key, GraphEdge> edges_;
  Names names_;
  std::map<const Layer*, std::string> names_of_;
  std::set<const Layer*> listed_;
};

Graph::Graph(const Tracer& traced) : Graph(traced.config, traced.layers) {}
Graph::Graph(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs)
    : Graph(Tracer(inputs, outputs)) {}

}  // namespace hourglass::nn
