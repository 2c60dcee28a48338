#include <hourglass/nn/layers/activation.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <array>

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

std::string LeakyReLU::details() const { return detail::Text(alpha_).characters; }
std::string ELU::details() const { return detail::Text(alpha_).characters; }
std::string Softmax::details() const { return "axis " + std::to_string(axis_); }

}  // namespace hourglass::nn
