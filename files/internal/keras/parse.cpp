#include <hourglass/files/internal/keras/parse.h>
#include <hourglass/files/internal/keras/parsing.h>
#include <hourglass/nn/initializer.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::files::keras {

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

void Parsing::refuse(const std::string& what) const {
  throw FileError("{}: {}; write the file again with Keras", source_, what);
}

Described Parsing::described(const Json& layer) {
  if (++layers_ > kMostLayers) refuse("it has more than " + std::to_string(kMostLayers) + " layers");
  const Json *const type = member(layer, "class_name"), *const config = member(layer, "config");
  if (!type || !type->is_string() || !config) refuse("a layer has no class_name and config");
  Described out{type->get<std::string>(), {}, source_ + ": " + type->get<std::string>(), *config};
  if (config->is_object()) out.name = Fields(*config, out.where).text("name", "");
  if (!out.name.empty()) out.where += " \"" + out.name + "\"";
  return out;
}

std::string Parsing::free_name(std::set<std::string>& used, const std::string& name) {
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  const bool plain = !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
                     name.find_first_not_of(kPlain) == std::string::npos;
  return plain && used.insert(name).second ? name : std::string();
}

namespace {

// "float32", or an object that says so: {"class_name": "DTypePolicy", "config": {"name": "float32"}}.
DType dtype_of(const Fields& fields) {
  const Json* value = fields.find("dtype");
  if (value && value->is_object()) value = member(*value, "config");
  if (value && value->is_object()) value = member(*value, "name");
  if (!value || *value == "float32") return float32;
  if (*value == "float64") return float64;
  fields.refuse("the dtype " + value->dump() + " has no counterpart (float32 and float64 have)");
}

nn::Part part_of(const std::string& name, Model model) {
  return std::visit([&]<class M>(M& m) { return nn::Part(name, std::make_shared<M>(std::move(m))); }, model);
}

}  // namespace

Dims Parsing::input_in(const Described& layer) {
  for (const char* const field : {"batch_shape", "batch_input_shape"}) {
    if (const Json* const shape = member(layer.config, field))
      return Fields(layer.config, layer.where).dims(*shape, true);
  }
  return {};
}

Made Parsing::layer(const Described& described, const Json& json, const std::vector<Dims>& inputs,
                    const std::string& name, std::size_t depth) {
  Made out;
  Layer& layer = out.layer;
  layer.type = described.type, layer.name = described.name;
  layer.input = inputs.empty() ? Dims{} : inputs.front();
  if (described.type == "Sequential" || described.type == "Functional" || described.type == "Model") {
    auto inside = std::make_shared<Network>();
    out.parts.push_back(part_of(name, model(json, inputs, *inside, depth + 1)));
    layer.output = inside->output;
    layer.inside = std::move(inside);
    return out;
  }
  const Fields fields(described.config, described.where);
  if (layer.input.empty() && layer.type != "Embedding")
    fields.refuse("the shape of its input is not in the file (no InputLayer, no batch_input_shape)");
  layer.config = described.config;
  layer.dtype = dtype_of(fields);
  layer.trainable = fields.boolean("trainable", true);
  if (inputs.size() > 1 && !merges(layer.type)) fields.refuse("it takes one tensor");
  layer.output = merges(layer.type) ? merged_dims(layer.type, fields, inputs)
                                    : output_dims(layer.type, fields, layer.input);
  Making making{fields, layer.input, layer.dtype, name, {}, {}};
  make_layer(layer.type, making);
  layer.weights = std::move(making.weights);
  out.parts = std::move(making.parts);
  for (const nn::Part& part : out.parts) {
    if (!layer.trainable) nn::set_trainable(part.layer(), false);
  }
  return out;
}

Model Parsing::model(const Json& root, const std::vector<Dims>& inputs, Network& out, std::size_t depth) {
  if (depth > kDeepest) refuse("models are nested too deeply");
  const Described model = described(root);
  out.name = model.name;
  const Json* const layers = model.config.is_array() ? &model.config : member(model.config, "layers");
  if (!layers || !layers->is_array()) refuse("a model has no layers");
  if (model.type == "Sequential") return sequence(model, *layers, inputs, out, depth);
  if (model.type == "Functional" || model.type == "Model") {
    out.functional = true;
    return functional(model, *layers, out, depth);
  }
  refuse("the model is a " + model.type + ", neither Sequential nor Functional");
}

nn::Sequential Parsing::sequence(const Described& model, const Json& layers, const std::vector<Dims>& inputs,
                                 Network& out, std::size_t depth) {
  nn::Sequential into;
  std::set<std::string> used;  // names
  if (inputs.size() > 1) refuse("a Sequential takes one tensor");
  if (!inputs.empty()) out.input = inputs.front();
  if (const Json* const shape = member(model.config, "build_input_shape"); shape && out.input.empty())
    out.input = Fields(model.config, model.where).dims(*shape, true);
  for (const Json& json : layers) {
    const Described described = this->described(json);
    if (out.layers.empty() && out.input.empty()) out.input = input_in(described);
    if (out.layers.empty()) out.output = out.input;
    if (described.type == "InputLayer") {
      if (!out.layers.empty()) refuse("an InputLayer comes after other layers");
      continue;
    }
    const std::vector<Dims> before = out.output.empty() ? std::vector<Dims>{} : std::vector<Dims>{out.output};
    Made made = layer(described, json, before, free_name(used, described.name), depth);
    for (nn::Part& part : made.parts) into.add(std::move(part));
    if (out.layers.empty() && out.input.empty() && made.layer.inside) out.input = made.layer.inside->input;
    out.output = made.layer.output;
    out.layers.push_back(std::move(made.layer));
  }
  return into;
}

Parsed parse(std::string_view json, const std::string& source) {
  constexpr std::size_t kMostBytes = 1U << 20U;
  if (json.size() > kMostBytes)
    throw FileError("{}: its configuration has {} bytes, more than the {} that are read; save weights alone",
                    source, json.size(), kMostBytes);
  try {
    const Json root = hourglass::internal::parse_json(json, source);
    const nn::internal::Unfilled unfilled;
    Parsed out;
    Model model = Parsing(source).model(root, {}, out.network, 0);
    std::visit([&]<class M>(M& m) { out.model = std::make_unique<M>(std::move(m)); }, model);
    return out;
  } catch (const FileError&) {
    throw;
  } catch (const Error& e) {
    throw FileError("{}: {}; write the file again with Keras", source, e.message());
  }
}

}  // namespace hourglass::files::keras
