#include <hourglass/nn/layers/activation.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

namespace hourglass::nn {

namespace {

struct Known {
  Activation::Function function;
  const char* name;
  Epilogue epilogue;
};

constexpr auto kKnown = std::to_array<Known>({
    {relu, "relu", Epilogue::relu},
    {sigmoid, "sigmoid", Epilogue::sigmoid},
    {tanh, "tanh", Epilogue::tanh},
    {selu, "selu", Epilogue::none},
    {gelu, "gelu", Epilogue::none},
    {silu, "silu", Epilogue::none},
    {softplus, "softplus", Epilogue::none},
    {exp, "exp", Epilogue::none},
    {square, "square", Epilogue::none},
});

[[noreturn]] void refuse(const char* second) {
  throw DataError(
      "Activation: what the second argument of this function, {}, is to be is not known; say it with "
      "[](const hg::Variable& x) { return f(x, ...); }",
      second);
}

Activation with_default_number(Activation::FunctionOfNumber f) {
  if (f == static_cast<Activation::FunctionOfNumber>(leaky_relu))
    return {[](const Variable& x) { return leaky_relu(x); }, "leaky_relu"};
  if (f == static_cast<Activation::FunctionOfNumber>(elu))
    return {[](const Variable& x) { return elu(x); }, "elu"};
  refuse("a number");
}

Activation with_default_axis(Activation::FunctionOfAxis f) {
  if (f == static_cast<Activation::FunctionOfAxis>(softmax))
    return {[](const Variable& x) { return softmax(x); }, "softmax"};
  if (f == static_cast<Activation::FunctionOfAxis>(log_softmax))
    return {[](const Variable& x) { return log_softmax(x); }, "log_softmax"};
  refuse("an axis");
}

}  // namespace

const Activation Activation::linear{};

Activation::Activation(FunctionOfNumber function) : Activation(with_default_number(function)) {}
Activation::Activation(FunctionOfAxis function) : Activation(with_default_axis(function)) {}

Activation::Activation(Function function) : function_(function) {
  if (!function) return;
  const auto* const known =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& k) { return k.function == function; });
  name_ = known == kKnown.end() ? "custom" : known->name;
  epilogue_ = known == kKnown.end() ? Epilogue::none : known->epilogue;
}

Variable Activation::operator()(const Variable& x) const {
  if (callable_) return callable_(x);
  return function_ ? function_(x) : x;
}

namespace {

struct Named {
  std::mutex mutex;
  std::map<std::string, Activation, std::less<>> list;
};
// The library's, and those that programs add.
Named& named() {
  static Named all;
  static const bool filled = [] {
    for (const Known& known : kKnown) all.list.emplace(known.name, known.function);
    all.list.emplace("linear", Activation::linear);
    all.list.emplace("leaky_relu", Activation::FunctionOfNumber(leaky_relu));
    all.list.emplace("elu", Activation::FunctionOfNumber(elu));
    all.list.emplace("softmax", Activation::FunctionOfAxis(softmax));
    all.list.emplace("log_softmax", Activation::FunctionOfAxis(log_softmax));
    return true;
  }();
  static_cast<void>(filled);
  return all;
}

}  // namespace

void register_activation(const std::string& name, Activation f) {
  Named& all = named();
  const std::lock_guard lock(all.mutex);
  if (name.empty() || name == "custom" || all.list.count(name))
    throw DataError("register_activation: the name \"{}\" is taken or empty; choose another", name);
  all.list.emplace(name, Activation([f = std::move(f)](const Variable& x) { return f(x); }, name));
}

Activation activation_named(std::string_view name) {
  Named& all = named();
  const std::lock_guard lock(all.mutex);
  const auto found = all.list.find(name);
  if (found != all.list.end()) return found->second;
  std::string names;
  for (const auto& [known, f] : all.list) names += (names.empty() ? "" : ", ") + known;
  throw DataError(
      "activation: \"{}\" is not known; there are {}; nn::register_activation names a function of one's own",
      name, names);
}

std::string to_text(const Activation& activation) {
  const std::string& name = activation.name();
  Named& all = named();
  const std::lock_guard lock(all.mutex);
  if (all.list.count(name)) return name;
  throw DataError(
      "activation: a function of one's own (\"{}\") has no name that a file could hold; give it one with "
      "nn::register_activation and use nn::activation_named",
      name);
}

void from_text(std::string_view text, Activation& activation) { activation = activation_named(text); }

std::string LeakyReLU::details() const { return detail::Text(alpha_).characters; }
std::string ELU::details() const { return detail::Text(alpha_).characters; }
std::string Softmax::details() const { return "axis " + std::to_string(axis_); }

}  // namespace hourglass::nn
