#include <hourglass/onnx/internal/forms.h>
#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/ops/activation.h>
#include <hourglass/tensor/views.h>

#include <array>
#include <cmath>
#include <numbers>

namespace hourglass::onnx::internal {

namespace {

// Ops that ONNX has under a name of its own.
struct Twin {
  std::string_view op;
  const char* name;
};
constexpr auto kTwins = std::to_array<Twin>({
    {"relu", "Relu"},       {"sigmoid", "Sigmoid"},
    {"tanh", "Tanh"},       {"softplus", "Softplus"},
    {"exp", "Exp"},         {"log", "Log"},
    {"sqrt", "Sqrt"},       {"neg", "Neg"},
    {"abs", "Abs"},         {"sign", "Sign"},
    {"floor", "Floor"},     {"ceil", "Ceil"},
    {"round", "Round"},     {"sin", "Sin"},
    {"cos", "Cos"},         {"erf", "Erf"},
    {"add", "Add"},         {"subtract", "Sub"},
    {"multiply", "Mul"},    {"divide", "Div"},
    {"maximum", "Max"},     {"minimum", "Min"},
    {"pow", "Pow"},         {"equal", "Equal"},
    {"less", "Less"},       {"less_equal", "LessOrEqual"},
    {"greater", "Greater"}, {"greater_equal", "GreaterOrEqual"},
});

const char* twin_of(std::string_view op) {
  for (const Twin& twin : kTwins) {
    if (twin.op == op) return twin.name;
  }
  return nullptr;
}

void unary(Op& op) {
  op.each([&](const std::string& x) { return op.node(twin_of(op.call.op), {x}); });
}

// An operand before it was broadcast, where ONNX can do that by itself.
Value& own_of(Value& value, bool may_broadcast) {
  return may_broadcast && value.narrow ? *value.narrow : value;
}
std::string first_operand(Op& op, Value& value, bool may_broadcast) {
  Value& own = own_of(value, may_broadcast);
  if (!own.constant) return op.first(own.rank() == 4 ? own : value);
  Shape wide = own.shape;
  while (wide.rank() < 4) wide = wide.insert(0, 1);
  return op.graph.constant(permute(reshape(*own.constant, wide), {0, 3, 1, 2}), own.hint);
}

void with_number(Op& op, const char* name) {
  const bool in_front = op.has_arguments<FirstOperand>();
  const double number =
      in_front ? std::get<0>(op.arguments<FirstOperand>()).value : std::get<0>(op.arguments<double>());
  op.each([&](const std::string& x) {
    return in_front ? op.node(name, {op.number(number), x}) : op.node(name, {x, op.number(number)});
  });
}

void binary(Op& op) {
  const char* const name = twin_of(op.call.op);
  if (op.inputs.size() == 1) return with_number(op, name);
  Value &a = *op.inputs[0], &b = *op.inputs[1];
  const bool narrow =
      broadcast_shapes(op.call.op, own_of(a, true).shape, own_of(b, true).shape) == op.output.shape;
  if (a.is_first() || b.is_first()) {
    const std::string of_a = first_operand(op, a, narrow);
    return op.set_first(op.node(name, {of_a, first_operand(op, b, narrow)}));
  }
  const std::string of_a = op.last(own_of(a, narrow));
  op.set_last(op.node(name, {of_a, op.last(own_of(b, narrow))}));
}

// Numbers of 0 and 1, as ours are, of ONNX's booleans.
void comparison(Op& op) {
  const bool is_not_equal = std::string_view(op.call.op) == "not_equal";
  const char* const name = is_not_equal ? "Equal" : twin_of(op.call.op);
  const bool with_tensor = op.inputs.size() > 1;
  const std::string a = op.last();
  const std::string b =
      with_tensor ? op.last(1) : op.graph.constant(std::get<0>(op.arguments<double>()), op.inputs[0]->dtype);
  std::string holds = op.node(name, {a, b});
  if (is_not_equal) holds = op.node("Not", {holds});
  const std::int64_t numbers = type_number(uint8);
  op.set_last(op.node("Cast", {holds}, {{"to", numbers}}));
}

std::string normal_cdf(Op& op, const std::string& x) {
  const std::string erf = op.node("Erf", {op.node("Mul", {x, op.number(std::numbers::sqrt2 / 2.0)})});
  return op.node("Mul", {op.node("Add", {erf, op.number(1.0)}), op.number(0.5)});
}

void square(Op& op) {
  op.each([&](const std::string& x) { return op.node("Mul", {x, x}); });
}
void rsqrt(Op& op) {
  op.each([&](const std::string& x) { return op.node("Reciprocal", {op.node("Sqrt", {x})}); });
}
void expm1(Op& op) {
  op.each([&](const std::string& x) { return op.node("Sub", {op.node("Exp", {x}), op.number(1.0)}); });
}
void log1p(Op& op) {
  op.each([&](const std::string& x) { return op.node("Log", {op.node("Add", {x, op.number(1.0)})}); });
}
void silu(Op& op) {
  op.each([&](const std::string& x) { return op.node("Mul", {x, op.node("Sigmoid", {x})}); });
}
void gelu(Op& op) {
  op.each([&](const std::string& x) { return op.node("Mul", {x, normal_cdf(op, x)}); });
}
void cdf(Op& op) {
  op.each([&](const std::string& x) { return normal_cdf(op, x); });
}
void pdf(Op& op) {
  op.each([&](const std::string& x) {
    const std::string e = op.node("Exp", {op.node("Mul", {op.node("Mul", {x, x}), op.number(-0.5)})});
    return op.node("Mul", {e, op.number(std::numbers::inv_sqrtpi / std::numbers::sqrt2)});
  });
}
void selu(Op& op) {
  op.each([&](const std::string& x) {
    return op.node("Selu", {x}, {{"alpha", kSeluAlpha}, {"gamma", kSeluScale}});
  });
}
void leaky_relu(Op& op) {
  const double alpha = std::get<0>(op.arguments<double>());
  op.each([&](const std::string& x) { return op.node("LeakyRelu", {x}, {{"alpha", alpha}}); });
}
void elu(Op& op) {
  const double alpha = std::get<0>(op.arguments<double>());
  op.each([&](const std::string& x) { return op.node("Elu", {x}, {{"alpha", alpha}}); });
}
void clip(Op& op) {
  const auto [low, high] = op.arguments<double, double>();
  const std::string least = op.number(low), most = op.number(high);
  op.each([&](const std::string& x) { return op.node("Clip", {x, least, most}); });
}
void cast(Op& op) {
  const std::int64_t to = type_number(op.graph.written_type(op.output.dtype));
  op.each([&](const std::string& x) { return op.node("Cast", {x}, {{"to", to}}); });
}

void where(Op& op) {
  Value& condition = op.value_of(std::get<0>(op.arguments<Tensor>()),
                                 std::get<0>(*std::any_cast<std::tuple<Tensor>>(&op.other.arguments)));
  const std::int64_t boolean = ::onnx::TensorProto::BOOL;
  const std::string holds = op.node("Cast", {op.last(condition)}, {{"to", boolean}});
  const std::string a = op.last(0);
  op.set_last(op.node("Where", {holds, a, op.last(1)}));
}

}  // namespace

std::string activated(Op& op, Epilogue f, const std::string& name) {
  switch (f) {
    case Epilogue::none:
      break;
    case Epilogue::relu:
      return op.node("Relu", {name});
    case Epilogue::sigmoid:
      return op.node("Sigmoid", {name});
    case Epilogue::tanh:
      return op.node("Tanh", {name});
  }
  return name;
}

const std::vector<NamedForm>& elementwise_forms() {
  static const std::vector<NamedForm> forms{
      {"relu", unary},
      {"sigmoid", unary},
      {"tanh", unary},
      {"softplus", unary},
      {"exp", unary},
      {"log", unary},
      {"sqrt", unary},
      {"neg", unary},
      {"abs", unary},
      {"sign", unary},
      {"floor", unary},
      {"ceil", unary},
      {"round", unary},
      {"sin", unary},
      {"cos", unary},
      {"erf", unary},
      {"add", binary},
      {"subtract", binary},
      {"multiply", binary},
      {"divide", binary},
      {"maximum", binary},
      {"minimum", binary},
      {"pow", binary},
      {"square", square},
      {"rsqrt", rsqrt},
      {"expm1", expm1},
      {"log1p", log1p},
      {"silu", silu},
      {"gelu", gelu},
      {"normal_cdf", cdf},
      {"normal_pdf", pdf},
      {"selu", selu},
      {"leaky_relu", leaky_relu},
      {"elu", elu},
      {"clip", clip},
      {"to", cast},
      {"where", where},
      {"equal", comparison},
      {"not_equal", comparison},
      {"less", comparison},
      {"less_equal", comparison},
      {"greater", comparison},
      {"greater_equal", comparison},
  };
  return forms;
}

}  // namespace hourglass::onnx::internal
