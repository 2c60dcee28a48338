#pragma once

#include <hourglass/files/internal/keras/options.h>
#include <hourglass/files/internal/keras/to_keras.h>
#include <hourglass/tensor/base/error.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <typeindex>
#include <vector>

/// What the sources of to_keras.h share.
namespace hourglass::files::keras {

/// What is being made of one layer of ours.
struct Writing {
  const nn::Module& layer;
  const Dims& input;
  const Dialect& dialect;
  std::vector<Layer> out{};

  [[noreturn]] void refuse(const std::string& what) const {
    throw DataError("save: {} cannot be a layer of {}: {}; use a layer or an option that both have",
                    layer.describe(), dialect.name, what);
  }
  Layer& add(const char* type, Json config) {
    out.push_back({.type = type, .name = {}, .config = std::move(config)});
    return out.back();
  }
  // A function in a layer's configuration; what Keras has as a layer only is left to add_rest().
  [[nodiscard]] std::string function(const nn::Activation& f) const {
    if (f.name() == "leaky_relu") return "linear";
    const std::optional<std::string> name = activation_name(f);
    if (name && (*name != "exponential" || dialect.has_exponential)) return *name;
    refuse("the activation \"" + f.name() + "\" has no name there");
  }
  void add_rest(const nn::Activation& f) {
    if (f.name() == "leaky_relu") add("LeakyReLU", {{"negative_slope", 0.01}});
  }
  [[nodiscard]] std::string padding(const Padding& p) const {
    if (p.kind == Padding::Kind::given) refuse("the padding " + to_text(p) + " is neither valid nor same");
    return to_text(p);
  }
};

/// The fields that end the configuration of all layers with a kernel.
template <class Options>
void put_common(const Writing& w, Json& config, const Options& o, const std::string& prefix = "kernel") {
  config["activation"] = w.function(o.activation);
  config["use_bias"] = o.bias;
  config[prefix + "_initializer"] = to_json(o.kernel_initializer);
  config["bias_initializer"] = to_json(o.bias_initializer);
  config[prefix + "_regularizer"] = to_json(o.kernel_regularizer);
  config["bias_regularizer"] = nullptr;
  config["activity_regularizer"] = to_json(o.activity_regularizer);
  config[prefix + "_constraint"] = nullptr;
  config["bias_constraint"] = nullptr;
}

/// The kernel and, where there is one, the bias.
template <class L>
void put_weights(Layer& to, L& layer, const char* kernel = "kernel") {
  to.weights.push_back({kernel, &layer.kernel});
  if (layer.bias) to.weights.push_back({"bias", &*layer.bias});
}

using Writer = std::function<void(nn::Module&, Writing&)>;
using Writers = std::map<std::type_index, Writer>;

template <class L, class B>
void put(Writers& writers, void (*write)(B&, Writing&)) {
  writers[typeid(L)] = [write](nn::Module& layer, Writing& w) { write(static_cast<L&>(layer), w); };
}

/// Those of layers of sequences: recurrent ones and those along one axis.
void add_sequence_writers(Writers& writers);

}  // namespace hourglass::files::keras
