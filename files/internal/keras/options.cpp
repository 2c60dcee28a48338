#include <hourglass/files/internal/keras/options.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace hourglass::files::keras {

namespace {

struct Pair {
  const char *ours, *keras;
};

constexpr auto kActivations = std::to_array<Pair>({{"linear", "linear"},
                                                   {"relu", "relu"},
                                                   {"sigmoid", "sigmoid"},
                                                   {"tanh", "tanh"},
                                                   {"selu", "selu"},
                                                   {"elu", "elu"},
                                                   {"gelu", "gelu"},
                                                   {"silu", "silu"},
                                                   {"softplus", "softplus"},
                                                   {"softmax", "softmax"},
                                                   {"log_softmax", "log_softmax"},
                                                   {"exp", "exponential"}});

constexpr auto kInitializers = std::to_array<Pair>({{"glorot_uniform", "GlorotUniform"},
                                                    {"glorot_normal", "GlorotNormal"},
                                                    {"he_uniform", "HeUniform"},
                                                    {"he_normal", "HeNormal"},
                                                    {"lecun_uniform", "LecunUniform"},
                                                    {"lecun_normal", "LecunNormal"},
                                                    {"zeros", "Zeros"},
                                                    {"ones", "Ones"}});

Json object(const char* module, const std::string& type, Json config) {
  return {
      {"module", module}, {"class_name", type}, {"config", std::move(config)}, {"registered_name", nullptr}};
}

// "orthogonal(2.5)" -> 2.5
double number_in(const std::string& text) {
  double number = 0.0;
  const std::size_t open = text.find('(');
  if (open != std::string::npos) std::from_chars(text.data() + open + 1, text.data() + text.size(), number);
  return number;
}

// The class's name and the config of an option that is an object; "glorot_uniform" alone is one, too.
std::pair<std::string, const Json*> type_in(const Json& option) {
  static const Json none = Json::object();
  if (option.is_string()) return {option.get<std::string>(), &none};
  if (!option.is_object() || !option.contains("class_name") || !option.at("class_name").is_string())
    return {"", &none};
  const bool has_config = option.contains("config") && option.at("config").is_object();
  return {option.at("class_name").get<std::string>(), has_config ? &option.at("config") : &none};
}

}  // namespace

std::optional<std::string> activation_name(const nn::Activation& f) {
  for (const Pair& p : kActivations) {
    if (f.name() == p.ours) return p.keras;
  }
  return std::nullopt;
}

std::optional<nn::Activation> activation_of(const Fields& fields) {
  const Json* const value = fields.find("activation");
  if (!value) return nn::Activation::linear;
  std::string keras = type_in(*value).first;
  if (value->is_object() && type_in(*value).first == "function" && value->contains("config") &&
      value->at("config").is_string())
    keras = value->at("config").get<std::string>();  // {"class_name": "function", "config": "relu"}
  if (keras == "swish") keras = "silu";
  for (const Pair& p : kActivations) {
    if (keras == p.keras) return nn::activation_named(p.ours);
  }
  if (keras == "leaky_relu") return std::nullopt;
  fields.refuse("the activation \"" + keras + "\" has no counterpart");
}

Json to_json(const nn::Initializer& initializer) {
  const std::string text = to_text(initializer);
  const char* const module = "keras.initializers";
  for (const Pair& p : kInitializers) {
    if (text != p.ours) continue;
    const bool draws = text != "zeros" && text != "ones";
    return object(module, p.keras, draws ? Json{{"seed", nullptr}} : Json::object());
  }
  const double number = number_in(text);
  if (text.starts_with("constant")) return object(module, "Constant", {{"value", number}});
  if (text.starts_with("random_uniform"))
    return object(module, "RandomUniform", {{"minval", -number}, {"maxval", number}, {"seed", nullptr}});
  if (text.starts_with("random_normal"))
    return object(module, "RandomNormal", {{"mean", 0.0}, {"stddev", number}, {"seed", nullptr}});
  if (text.starts_with("orthogonal"))
    return object(module, "Orthogonal", {{"gain", number}, {"seed", nullptr}});
  const bool is_uniform = text.find("uniform") != std::string::npos;
  return object(module, "VarianceScaling",
                {{"scale", number},
                 {"mode", text.starts_with("fan_in") ? "fan_in" : "fan_avg"},
                 {"distribution", is_uniform ? "uniform" : "untruncated_normal"},
                 {"seed", nullptr}});
}

nn::Initializer initializer_of(const Fields& fields, const char* name, nn::Initializer fallback) {
  const Json* const value = fields.find(name);
  if (!value) return fallback;
  const auto [type, config] = type_in(*value);
  for (const Pair& p : kInitializers) {
    if (type != p.keras && type != p.ours) continue;
    nn::Initializer out = fallback;
    from_text(p.ours, out);
    return out;
  }
  const Fields inside(*config, fields.where());
  if (type == "Constant") return nn::constant(inside.number("value", 0.0));
  if (type == "RandomUniform") {
    const double most = inside.number("maxval", 0.05);
    return inside.number("minval", -0.05) == -most ? nn::random_uniform(most) : fallback;
  }
  if (type == "RandomNormal")
    return inside.number("mean", 0.0) == 0.0 ? nn::random_normal(inside.number("stddev", 0.05)) : fallback;
  if (type == "Orthogonal" || type == "OrthogonalInitializer")
    return nn::orthogonal(inside.number("gain", 1.0));
  return fallback;
}

Json to_json(const nn::Regularizer& regularizer) {
  if (!regularizer.is_active()) return nullptr;
  return object("keras.regularizers", "L1L2", {{"l1", regularizer.l1}, {"l2", regularizer.l2}});
}

nn::Regularizer regularizer_of(const Fields& fields, const char* name) {
  const Json* const value = fields.find(name);
  if (!value) return {};
  const auto [type, config] = type_in(*value);
  const Fields inside(*config, fields.where());
  if (type != "L1" && type != "L2" && type != "L1L2")
    fields.refuse(std::string(name) + " \"" + type + "\" has no counterpart (L1, L2 and L1L2 have)");
  const double l1 = inside.number("l1", type == "L1" ? 0.01 : 0.0),
               l2 = inside.number("l2", type == "L2" ? 0.01 : 0.0);
  if (l1 < 0.0 || l2 < 0.0) fields.refuse(std::string(name) + " is negative");
  return {.l1 = l1, .l2 = l2};
}

Padding padding_of(const Fields& fields) {
  const std::string text = fields.text("padding", "valid");
  if (text == "same") return Padding::same;
  if (text != "valid") fields.refuse("the padding \"" + text + "\" has no counterpart (valid and same have)");
  return Padding::valid;
}

Json to_json(const Extent2& extent) { return Json::array({extent.rows, extent.columns}); }

}  // namespace hourglass::files::keras
