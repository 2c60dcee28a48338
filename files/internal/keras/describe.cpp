#include <hourglass/files/internal/keras/describe.h>
#include <hourglass/files/internal/keras/dims.h>
#include <hourglass/nn/encoder_decoder.h>
#include <hourglass/nn/graph.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/tensor/base/error.h>

#include <map>
#include <set>

namespace hourglass::files::keras {

namespace {

// "decoder" of "model.decoder"; empty for an index.
std::string own_name(const std::string& path) {
  const std::string last = path.substr(path.rfind('.') + 1);
  return last.find_first_not_of("0123456789") == std::string::npos ? std::string() : last;
}

using Form = nn::EncoderDecoder::Form;

class Describing {
 public:
  Describing(const Dialect& dialect, bool with_extents) : dialect_(dialect), with_extents_(with_extents) {}

  Network whole(nn::Module& model, const std::optional<Dims>& given) {
    auto* const layer = dynamic_cast<nn::Layer*>(&model);
    if (!layer)
      throw DataError("save: {} is not a layer (one tensor in, one out); save its parts", model.describe());
    const Dims input = given.value_or(first_input(*layer));
    if (input.empty() && with_extents_ && !dynamic_cast<nn::Graph*>(layer))
      throw DataError(
          "save: what shape the input of {} has cannot be told from its first layer; give the shape of one "
          "example, without the batch axis: {28, 28, 1}",
          model.describe());
    dtype_ = dtype_of(*layer);
    return is_model(*layer) ? network(*layer, input, "") : alone(*layer, input);
  }

 private:
  [[nodiscard]] static DType dtype_of(const nn::Layer& model) {
    const std::vector<NamedParameter> parameters = nn::parameters(model);
    const DType dtype = parameters.empty() ? float32 : parameters.front().variable.dtype();
    for (const NamedParameter& p : parameters) {
      if (p.variable.dtype() != dtype)
        throw DataError("save: {} has parameters of several types; make all its layers with one .dtype",
                        model.describe());
    }
    return dtype;
  }

  [[nodiscard]] static Dims first_input(const nn::Layer& layer) {
    const auto* const sequence = dynamic_cast<const nn::Sequential*>(&layer);
    if (const std::optional<Form> form = form_of(layer)) return first_input(*form->encoder);
    if (const auto* const graph = dynamic_cast<const nn::Graph*>(&layer)) {
      const std::int64_t first = graph->inputs().front();
      return graph->nodes()[static_cast<std::size_t>(first)].outputs.front().shape;
    }
    if (!sequence) return input_of(layer);
    return sequence->size() == 0 ? Dims{} : first_input((*sequence)[0]);
  }

  std::string unique(const std::string& own, const std::string& type) {
    const std::string base = own.empty() ? to_snake_case(type) : own;
    std::string name = base;
    for (int i = 1; !names_.insert(name).second; ++i) name = base + "_" + std::to_string(i);
    return name;
  }

  // What a kind of autoencoder does with its halves, if layers can say it.
  [[nodiscard]] static std::optional<Form> form_of(const nn::Layer& layer) {
    const auto* const kind = dynamic_cast<const nn::EncoderDecoder*>(&layer);
    const std::optional<Form> form = kind ? kind->form() : std::nullopt;
    const bool is_sayable = form && form->code != nn::EncoderDecoder::Code::top_k && form->columns.empty();
    return is_sayable ? form : std::nullopt;
  }
  [[nodiscard]] static bool is_model(const nn::Layer& layer) {
    return dynamic_cast<const nn::Sequential*>(&layer) || dynamic_cast<const nn::Graph*>(&layer) ||
           form_of(layer);
  }
  Network network(nn::Layer& root, const Dims& input, const std::string& own) {
    if (auto* const graph = dynamic_cast<nn::Graph*>(&root)) return functional(*graph, own);
    const std::optional<Form> form = form_of(root);
    return form ? halves(*form, input, own) : sequence(root, input, own);
  }

  template <class L>
  static L& keep(Network& network, L layer) {
    auto kept = std::make_shared<L>(std::move(layer));
    L& out = *kept;
    network.keeps.push_back(std::move(kept));
    return out;
  }

  Network halves(const Form& form, const Dims& input, const std::string& own) {
    Network out{.name = unique(own, "Sequential"), .input = input, .output = input};
    append(out, keep(out, form.encoder->range(0)), "encoder");
    if (form.code == nn::EncoderDecoder::Code::mean) {  // cut out by layers for images
      const std::int64_t latent = with_extents_ ? out.output.back() / 2 : 1;
      append(out,
             keep(out, nn::Sequential{nn::Reshape({1, 2 * latent, 1}), nn::Cropping2D({0, 0, 0, latent}),
                                      nn::Reshape({latent})}),
             "mean");
    }
    append(out, keep(out, form.decoder->range(0)), "decoder");
    if (form.logits) append(out, keep(out, nn::Sigmoid()), "");
    return out;
  }

  Network sequence(nn::Layer& root, const Dims& input, const std::string& own) {
    Network out{.name = unique(own, "Sequential"), .input = input, .output = input};
    std::map<const nn::Module*, std::string> paths;
    for (const auto& [path, module] : nn::modules(root)) paths.emplace(module, path);
    auto& layers = dynamic_cast<nn::Sequential&>(root);
    for (std::int64_t i = 0; i < std::ssize(layers); ++i) append(out, layers[i], own_name(paths[&layers[i]]));
    return out;
  }

  Network alone(nn::Layer& root, const Dims& input) {
    Network out{.name = unique("", "Sequential"), .input = input, .output = input};
    append(out, root, "");
    return out;
  }

  // The layers of Keras that a layer of ours is.
  std::vector<Layer> layers_for(nn::Layer& layer, const Dims& input, const std::string& own) {
    std::vector<Layer> out;
    if (is_model(layer)) {
      Layer& model = out.emplace_back();
      model.inside = std::make_shared<Network>(network(layer, input, own));
      model.type = model.inside->functional ? "Functional" : "Sequential";
      model.trainable = layer.is_trainable();
      model.name = model.inside->name;
    } else {
      out = layers_of(layer, input, dialect_);
      std::string name = own;
      for (Layer& made : out) made.name = unique(std::exchange(name, {}), made.type);
    }
    for (Layer& made : out) made.dtype = dtype_;
    return out;
  }

  void append(Network& network, nn::Layer& layer, const std::string& own) {
    for (Layer& made : layers_for(layer, network.output, own)) {
      set_extents(made, network.output);
      network.output = made.output;
      network.layers.push_back(std::move(made));
    }
  }

  void set_extents(Layer& layer, const Dims& input) const {
    if (!with_extents_) return;
    layer.input = input;
    const Fields fields(layer.config, "save: " + layer.type + " \"" + layer.name + "\"");
    layer.output = layer.inside ? layer.inside->output : output_dims(layer.type, fields, input);
    const bool learns = !layer.weights.empty() && layer.type != "Embedding";
    if (learns && layer.input.back() == kUnknown) {
      throw DataError(
          "save: \"{}\" would take an input {} of unknown size; give the shape of one example, without the "
          "batch axis: {28, 28, 1}",
          layer.name, text(layer.input));
    }
  }

  Network functional(nn::Graph& graph, const std::string& own) {
    Network out{.functional = true, .name = unique(own, "Functional")};
    std::map<const nn::Layer*, std::vector<std::size_t>> places;  // of the layers that have been called
    std::vector<Source> gives;                                    // by node
    for (const nn::GraphNode& node : graph.nodes()) {
      if (node.outputs.size() != 1)
        throw DataError(
            "save: \"{}\" gives several tensors, which no layer of {} here does; give each by one", node.name,
            dialect_.name);
      gives.push_back(node.layer ? call(out, node, places, gives) : add_input(out, node));
    }
    for (const std::int64_t i : graph.inputs()) out.inputs.push_back(gives[static_cast<std::size_t>(i)]);
    for (const nn::GraphEdge& e : graph.outputs())
      out.outputs.push_back(gives[static_cast<std::size_t>(e.node)]);
    out.input = out.layers[out.inputs.front().layer].output;
    out.output = out.layers[out.outputs.front().layer].output;
    return out;
  }

  Source add_input(Network& network, const nn::GraphNode& node) {
    Layer layer;
    layer.type = "InputLayer", layer.name = unique(node.name, layer.type);
    layer.dtype = node.outputs.front().dtype;
    layer.input = layer.output = node.outputs.front().shape;
    network.layers.push_back(std::move(layer));
    return {network.layers.size() - 1, 0};
  }

  Source call(Network& network, const nn::GraphNode& node,
              std::map<const nn::Layer*, std::vector<std::size_t>>& places,
              const std::vector<Source>& gives) {
    std::vector<Source> from;
    for (const nn::GraphEdge& e : node.inputs) from.push_back(gives[static_cast<std::size_t>(e.node)]);
    std::vector<std::size_t>& place = places[node.layer];
    if (place.empty()) {
      Dims input = network.layers[from.front().layer].output;
      for (Layer& made : layers_for(*node.layer, input, node.name)) {
        if (merges(made.type)) {
          made.input = input, made.output = node.outputs.front().shape;
        } else {
          set_extents(made, input);
        }
        input = made.output;
        place.push_back(network.layers.size());
        network.layers.push_back(std::move(made));
      }
    }
    for (const std::size_t i : place) {  // one after the other, each called once more
      std::vector<std::vector<Source>>& calls = network.layers[i].calls;
      calls.push_back(std::exchange(from, {{i, calls.size()}}));
    }
    return from.front();
  }

  Dialect dialect_;
  bool with_extents_;
  DType dtype_ = float32;
  std::set<std::string> names_;
};

}  // namespace

Network describe(nn::Module& model, const std::optional<Dims>& input, const Dialect& dialect) {
  return Describing(dialect, true).whole(model, input);
}

Network describe_weights(nn::Module& model) { return Describing({}, false).whole(model, Dims{}); }

}  // namespace hourglass::files::keras
