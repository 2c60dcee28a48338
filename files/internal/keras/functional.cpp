#include <hourglass/files/internal/keras/parsing.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace hourglass::files::keras {

namespace {

// A tensor as a configuration names it: a layer, which of its calls, which of that call's outputs.
struct Reference {
  std::string layer;
  std::int64_t call = 0, output = 0;
};

class References {
 public:
  explicit References(const Fields& fields) : fields_(fields) {}

  // [name, call, output], the same with a fourth member, or Keras 3's object around it.
  [[nodiscard]] Reference one(const Json& json) const {
    const Json* list = &json;
    if (const Json* const config = member(json, "config")) list = member(*config, "keras_history");
    if (!list || !list->is_array() || list->size() < 3 || !list->front().is_string())
      fields_.refuse("its inputs are of a form that is not supported");
    const Json counts{{"call", list->at(1)}, {"output", list->at(2)}};
    const Fields numbers(counts, fields_.where());
    return {list->front().get<std::string>(), numbers.integer("call", 0, 0), numbers.integer("output", 0, 0)};
  }

  // Those of one call.
  [[nodiscard]] std::vector<Reference> call(const Json& json) const {
    const Json* tensors = &json;
    if (json.is_object()) {  // {"args": [tensor], "kwargs": {}} or {"args": [[tensor, tensor]], …}
      tensors = member(json, "args");
      if (tensors && tensors->is_array() && tensors->size() == 1 && tensors->front().is_array())
        tensors = &tensors->front();
    }
    if (!tensors || !tensors->is_array() || tensors->empty())
      fields_.refuse("its inputs are of a form that is not supported");
    std::vector<Reference> out;
    for (const Json& tensor : *tensors) out.push_back(one(tensor));
    return out;
  }

  // The inputs or outputs of a model: a list, or one alone.
  [[nodiscard]] std::vector<Reference> ends(const char* name) const {
    const Json* const list = fields_.find(name);
    if (!list || !list->is_array() || list->empty()) fields_.refuse(std::string("it has no ") + name);
    if (list->front().is_string()) return {one(*list)};
    std::vector<Reference> out;
    for (const Json& tensor : *list) out.push_back(one(tensor));
    return out;
  }

 private:
  const Fields& fields_;
};

bool is_model(const std::string& type) {
  return type == "Sequential" || type == "Functional" || type == "Model";
}

// Puts a graph together: makes each layer at its first call, each call when its inputs are there.
class Wiring {
 public:
  Wiring(Parsing& parsing, Network& network, std::size_t depth)
      : parsing_(parsing), network_(network), depth_(depth) {}

  nn::Graph make(const Described& model, const Json& layers) {
    const Fields fields(model.config, model.where);
    const References references(fields);
    const std::vector<Reference> inputs = references.ends("input_layers"),
                                 outputs = references.ends("output_layers");
    for (const Json& layer : layers) add(layer);
    for (const Pending& layer : layers_) {
      for (const std::vector<Reference>& call : layer.calls) lower_calls(call);
    }
    lower_calls(outputs);
    for (std::size_t i = 0; i < layers_.size(); ++i) add_input(i);
    for (std::size_t i = 0; i < layers_.size(); ++i) queue_.push_back(i);
    while (!queue_.empty()) {
      const std::size_t next = queue_.front();
      queue_.pop_front();
      advance(next);
    }
    for (const Pending& layer : layers_) {
      if (layer.nodes.empty() || layer.made < layer.calls.size())
        parsing_.refuse("the inputs of \"" + layer.described.name + "\" need its output, or it has none");
    }
    for (const Reference& from : inputs) config_.inputs.push_back(node_of(from, fields));
    for (const Reference& from : outputs) config_.outputs.push_back({node_of(from, fields), 0});
    network_.input = dims(config_.inputs.front());
    network_.output = dims(config_.outputs.front().node);
    return {config_, parts_};
  }

 private:
  struct Pending {  // a layer of the configuration
    Described described;
    const Json& json;
    std::string name;  // of ours
    std::vector<std::vector<Reference>> calls{};
    std::size_t made = 0;                // of these
    std::vector<nn::GraphEdge> edges{};  // the inputs of the next one, as far as they are there
    std::int64_t first_call = 0;         // what the configuration counts from
    std::vector<std::int64_t> nodes{};   // of the graph, one for each call
  };
  using Awaited = std::pair<std::size_t, std::int64_t>;  // a layer, one of its calls

  void add(const Json& json) {
    const Described described = parsing_.described(json);
    const std::size_t index = layers_.size();
    if (!by_name_.emplace(described.name, index).second)
      parsing_.refuse("two layers are named \"" + described.name + "\"");
    const std::string plain = Parsing::free_name(used_, described.name);
    Pending& layer = layers_.emplace_back(
        Pending{described, json, plain.empty() ? "layer." + std::to_string(index) : plain});
    std::replace(layer.name.begin(), layer.name.end(), '.', '-');
    const Fields fields(described.config, described.where);
    const Json* const calls = member(json, "inbound_nodes");
    if (calls && !calls->is_array()) fields.refuse("its inbound_nodes are not a list");
    for (std::size_t i = 0; calls && i < calls->size(); ++i)
      layer.calls.push_back(References(fields).call(calls->at(i)));
    Layer& made = network_.layers.emplace_back();
    made.type = described.type, made.name = described.name;
  }

  // A nested model has been called once, when it was made; some versions count that call, too.
  void lower_calls(const std::vector<Reference>& list) {
    for (const Reference& from : list) {
      const auto found = by_name_.find(from.layer);
      if (found == by_name_.end()) continue;
      Pending& layer = layers_[found->second];
      if (is_model(layer.described.type) && from.call >= std::ssize(layer.calls)) layer.first_call = 1;
    }
  }

  void add_input(std::size_t index) {
    Pending& layer = layers_[index];
    if (layer.described.type != "InputLayer") return;
    Layer& made = network_.layers[index];
    made.output = Parsing::input_in(layer.described);
    if (made.output.empty() || !layer.calls.empty())
      parsing_.refuse("the InputLayer \"" + layer.described.name + "\" has no shape, or inputs");
    add_node(index, {layer.name, {}, {{made.output, float32}}});
  }

  void add_node(std::size_t index, nn::GraphConfig::Node node) {
    Pending& layer = layers_[index];
    const Awaited call{index, std::ssize(layer.nodes)};
    layer.nodes.push_back(std::ssize(config_.nodes));
    config_.nodes.push_back(std::move(node));
    const auto waiting = waiting_.find(call);
    if (waiting == waiting_.end()) return;
    queue_.insert(queue_.end(), waiting->second.begin(), waiting->second.end());
    waiting_.erase(waiting);
  }

  [[nodiscard]] Awaited awaited(const Reference& from, const Fields& fields) const {
    const auto found = by_name_.find(from.layer);
    const Pending* const layer = found == by_name_.end() ? nullptr : &layers_[found->second];
    const std::int64_t call = layer ? from.call - layer->first_call : -1;
    const bool is_there =
        layer && call >= 0 && from.output == 0 && call < std::max<std::int64_t>(std::ssize(layer->calls), 1);
    if (!is_there)
      fields.refuse("it takes output " + std::to_string(from.output) + " of call " +
                    std::to_string(from.call) + " of \"" + from.layer + "\", which is not there");
    return {found->second, call};
  }
  [[nodiscard]] std::int64_t node_of(const Reference& from, const Fields& fields) const {
    const auto [layer, call] = awaited(from, fields);
    return layers_[layer].nodes[static_cast<std::size_t>(call)];
  }
  [[nodiscard]] const Dims& dims(std::int64_t node) const {
    return config_.nodes[static_cast<std::size_t>(node)].outputs.front().shape;
  }

  // Makes those of a layer's calls whose inputs are there.
  void advance(std::size_t index) {
    Pending& layer = layers_[index];
    const Fields fields(layer.described.config, layer.described.where);
    for (; layer.made < layer.calls.size(); ++layer.made) {
      const std::vector<Reference>& call = layer.calls[layer.made];
      while (layer.edges.size() < call.size()) {
        const Awaited from = awaited(call[layer.edges.size()], fields);
        const std::vector<std::int64_t>& nodes = layers_[from.first].nodes;
        if (from.second >= std::ssize(nodes)) {
          waiting_[from].push_back(index);
          return;
        }
        layer.edges.push_back({nodes[static_cast<std::size_t>(from.second)], 0});
      }
      make_call(index, fields);
    }
  }

  void make_call(std::size_t index, const Fields& fields) {
    Pending& layer = layers_[index];
    Layer& made = network_.layers[index];
    std::vector<Dims> inputs;
    for (const nn::GraphEdge& e : layer.edges) inputs.push_back(dims(e.node));
    if (layer.made == 0) {
      made = make_layer(layer, inputs);
    } else if (inputs.front() != made.input) {
      fields.refuse("it is called on " + text(made.input) + " and on " + text(inputs.front()));
    }
    add_node(index, {layer.name, std::exchange(layer.edges, {}), {{made.output, made.dtype}}});
  }

  [[nodiscard]] Layer make_layer(const Pending& layer, const std::vector<Dims>& inputs) {
    Made made = parsing_.layer(layer.described, layer.json, inputs, layer.name, depth_);
    if (made.parts.size() == 1) {
      parts_.push_back(made.parts.front());
    } else {
      nn::Sequential all;
      for (nn::Part& part : made.parts) all.add(std::move(part));
      parts_.push_back(nn::Part(layer.name, std::move(all)));
    }
    return std::move(made.layer);
  }

  Parsing& parsing_;
  Network& network_;
  std::size_t depth_;
  std::deque<Pending> layers_;
  std::map<std::string, std::size_t> by_name_;
  std::map<Awaited, std::vector<std::size_t>> waiting_;
  std::deque<std::size_t> queue_;
  nn::GraphConfig config_;
  std::vector<nn::Part> parts_;
  std::set<std::string> used_;
};

}  // namespace

nn::Graph Parsing::functional(const Described& model, const Json& layers, Network& out, std::size_t depth) {
  return Wiring(*this, out, depth).make(model, layers);
}

}  // namespace hourglass::files::keras
