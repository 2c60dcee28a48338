#include <hourglass/files/internal/keras/config.h>

namespace hourglass::files::keras {

namespace {

Json batched(const Dims& dims) {
  Json out = Json::array({nullptr});
  for (const std::int64_t n : dims) out.push_back(n == kUnknown ? Json() : Json(n));
  return out;
}

std::string name_of(DType dtype) { return std::string(name(dtype)); }

Json with_common(const Layer& layer, const Json& own) {
  Json out{{"name", layer.name}, {"trainable", layer.trainable}, {"dtype", name_of(layer.dtype)}};
  out.update(own);
  return out;
}

DType dtype_of(const Network& network) {
  return network.layers.empty() ? float32 : network.layers.front().dtype;
}

Json object_3(const char* module, const std::string& type, Json config) {
  return {
      {"module", module}, {"class_name", type}, {"config", std::move(config)}, {"registered_name", nullptr}};
}

Json input_layer_3(const std::string& name, const Dims& dims, DType dtype) {
  return object_3(
      "keras.layers", "InputLayer",
      {{"batch_shape", batched(dims)}, {"dtype", name_of(dtype)}, {"sparse", false}, {"name", name}});
}

Json layer_3(const Layer& layer) {
  if (layer.inside) return config_3(*layer.inside);
  if (layer.type == "InputLayer") return input_layer_3(layer.name, layer.output, layer.dtype);
  Json out = object_3("keras.layers", layer.type, with_common(layer, layer.config));
  if (!layer.weights.empty()) out["build_config"] = {{"input_shape", batched(layer.input)}};
  return out;
}

// Objects inside a layer's configuration (initialisers, regularisers) without the members that are new.
Json object_2(const Json& value) {
  if (!value.is_object() || !value.contains("class_name")) return value;
  return {{"class_name", value.at("class_name")}, {"config", value.at("config")}};
}

Json fields_2(const Layer& layer) {
  Json out = Json::object();
  for (const auto& [field, value] : layer.config.items()) {
    if (field == "activation" && value == "silu") {
      out[field] = "swish";
    } else if (field == "negative_slope" && layer.type == "LeakyReLU") {
      out["alpha"] = value;
    } else {
      out[field] = object_2(value);
    }
  }
  return out;
}

Json input_layer_2(const std::string& name, const Dims& dims, DType dtype) {
  return {{"class_name", "InputLayer"},
          {"config",
           {{"batch_input_shape", batched(dims)},
            {"dtype", name_of(dtype)},
            {"sparse", false},
            {"ragged", false},
            {"name", name}}}};
}

Json layer_2(const Layer& layer) {
  if (layer.inside) return config_2(*layer.inside);
  if (layer.type == "InputLayer") return input_layer_2(layer.name, layer.output, layer.dtype);
  return {{"class_name", layer.type}, {"config", with_common(layer, fields_2(layer))}};
}

// [name, which of its calls, which of its outputs]. A nested model has been called once before, on its own
// inputs; of Keras 3's, a Sequential has not.
Json history(const Network& network, const Source& from, bool in_keras_3) {
  const Layer& layer = network.layers[from.layer];
  const bool was_called = layer.inside && (layer.inside->functional || !in_keras_3);
  return Json::array({layer.name, from.call + (was_called ? 1 : 0), 0});
}

Json histories(const Network& network, const std::vector<Source>& from, bool in_keras_3) {
  Json out = Json::array();
  for (const Source& source : from) out.push_back(history(network, source, in_keras_3));
  return out;
}

Json call_3(const Network& network, const std::vector<Source>& from) {
  Json tensors = Json::array();
  for (const Source& source : from) {
    const Layer& layer = network.layers[source.layer];
    tensors.push_back({{"class_name", "__keras_tensor__"},
                       {"config",
                        {{"shape", batched(layer.output)},
                         {"dtype", name_of(layer.dtype)},
                         {"keras_history", history(network, source, true)}}}});
  }
  const Json arguments = from.size() == 1 ? std::move(tensors) : Json::array({std::move(tensors)});
  return {{"args", arguments}, {"kwargs", Json::object()}};
}

Json call_2(const Network& network, const std::vector<Source>& from) {
  Json out = histories(network, from, false);
  for (Json& tensor : out) tensor.push_back(Json::object());
  return out;
}

Json functional(const Network& network, bool in_keras_3) {
  Json layers = Json::array();
  for (const Layer& layer : network.layers) {
    Json object = in_keras_3 ? layer_3(layer) : layer_2(layer);
    object["name"] = layer.name;
    object["inbound_nodes"] = Json::array();
    for (const std::vector<Source>& call : layer.calls)
      object["inbound_nodes"].push_back(in_keras_3 ? call_3(network, call) : call_2(network, call));
    layers.push_back(std::move(object));
  }
  return {{"name", network.name},
          {"trainable", true},
          {"layers", std::move(layers)},
          {"input_layers", histories(network, network.inputs, in_keras_3)},
          {"output_layers", histories(network, network.outputs, in_keras_3)}};
}

std::string input_name(const Network& network) { return network.name + "_input"; }

}  // namespace

Json config_3(const Network& network) {
  if (network.functional) {
    Json out = object_3("keras.src.models.functional", "Functional", functional(network, true));
    out["registered_name"] = "Functional";
    return out;
  }
  Json layers = Json::array({input_layer_3(input_name(network), network.input, dtype_of(network))});
  for (const Layer& layer : network.layers) layers.push_back(layer_3(layer));
  Json out = object_3("keras", "Sequential",
                      {{"name", network.name},
                       {"trainable", true},
                       {"dtype", name_of(dtype_of(network))},
                       {"layers", std::move(layers)},
                       {"build_input_shape", batched(network.input)}});
  out["build_config"] = {{"input_shape", batched(network.input)}};
  return out;
}

Json config_2(const Network& network) {
  if (network.functional) return {{"class_name", "Functional"}, {"config", functional(network, false)}};
  Json layers = Json::array({input_layer_2(input_name(network), network.input, dtype_of(network))});
  for (const Layer& layer : network.layers) layers.push_back(layer_2(layer));
  return {{"class_name", "Sequential"}, {"config", {{"name", network.name}, {"layers", std::move(layers)}}}};
}

}  // namespace hourglass::files::keras
