#include <hourglass/onnx/internal/forms.h>
#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/gru.h>
#include <hourglass/tensor/ops/internal/einsum_labels.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/normalize.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hourglass::onnx::internal {

namespace {

void matmul(Op& op) {
  const std::string a = op.last(0);
  op.set_last(op.node("MatMul", {a, op.last(1)}));
}

void affine(Op& op) {
  std::vector<std::string> in;
  for (Value* x : op.inputs) in.push_back(op.last(*x));
  op.set_last(
      activated(op, std::get<0>(op.arguments<Epilogue>()), op.node(in.size() > 2 ? "Gemm" : "MatMul", in)));
}

// Labels of "..." are digits, which ONNX has none of.
void einsum(Op& op) {
  const auto& labels = std::get<0>(op.arguments<detail::EinsumLabels>());
  std::string equation, all = labels.output;
  for (const std::string& own : labels.inputs) {
    equation += (equation.empty() ? "" : ",") + own;
    all += own;
  }
  equation += "->" + labels.output;
  char letter = 'A';
  for (char digit = '0'; digit <= '9'; ++digit) {
    if (all.find(digit) == std::string::npos) continue;
    while (all.find(letter) != std::string::npos) ++letter;
    std::replace(equation.begin(), equation.end(), digit, letter);
    ++letter;
  }
  std::vector<std::string> in;
  for (Value* x : op.inputs) in.push_back(op.last(*x));
  op.set_last(op.node("Einsum", in, {{"equation", equation}}));
}

// The blocks of i, f, g, o along the first axis in ONNX's order i, o, f, g.
Tensor gates_first(const Tensor& columns) {
  const Tensor rows = transpose(columns);
  const std::vector<Tensor> gates = split(rows, 4, 0);
  return unsqueeze(concat({gates[0], gates[3], gates[1], gates[2]}, 0), 0);
}

// (T, N, features) -> (T, N, units): ONNX has an axis of directions between T and N.
void lstm(Op& op) {
  const Tensor &w = op.constant(1), &u = op.constant(2);
  const std::int64_t units = u.shape(0);
  const std::string of_w = op.graph.constant(gates_first(w), op.hint(1));
  const std::string of_u = op.graph.constant(gates_first(u), op.hint(2));
  std::vector<std::string> in{op.last(), of_w, of_u};
  if (op.inputs.size() > 3) {
    const Tensor b = gates_first(reshape(op.constant(3), {1, 4 * units}));
    const Tensor flat = reshape(b, {1, 4 * units});
    in.push_back(op.graph.constant(concat({flat, zeros_like(flat)}, 1), op.hint(3)));
  }
  const std::string y = op.node("LSTM", in, {{"hidden_size", units}});
  op.set_last(op.node("Squeeze", {y, op.graph.constant(Ints{1})}));
}

// ONNX's LSTM gives no cell but the last, and these are all asked for: step by step, with z (T, N, 4 units),
// then h, c (1, N, units).
void lstm_from(Op& op) {
  const std::string u = op.graph.constant(op.constant(1), op.hint(1)), first = op.graph.constant(Ints{0});
  const std::string z = op.last(0);
  const std::int64_t units = op.constant(1).shape(0);
  std::string h = op.node("Unsqueeze", {op.last(2), first}), c = op.node("Unsqueeze", {op.last(3), first});
  std::vector<std::string> steps;
  for (std::int64_t t = 0; t < op.inputs[0]->shape[0]; ++t) {
    const std::string of_input =
        op.node("Gather", {z, op.graph.constant(Ints{t})}, {{"axis", std::int64_t{0}}});
    const std::string a = op.node("Add", {of_input, op.node("MatMul", {h, u})});
    const auto gate = [&](const char* activation, std::int64_t i) {
      const std::string from = op.graph.constant(Ints{i * units}),
                        to = op.graph.constant(Ints{(i + 1) * units});
      return op.node(activation, {op.node("Slice", {a, from, to, op.graph.constant(Ints{2})})});
    };
    const std::string kept = op.node("Mul", {gate("Sigmoid", 1), c});
    c = op.node("Add", {kept, op.node("Mul", {gate("Sigmoid", 0), gate("Tanh", 2)})});
    h = op.node("Mul", {gate("Sigmoid", 3), op.node("Tanh", {c})});
    steps.push_back(op.node("Concat", {h, c}, {{"axis", std::int64_t{2}}}));
  }
  op.set_last(op.node("Concat", steps, {{"axis", std::int64_t{0}}}));
}

// What the inputs bring, a (T, N, 3 units), is ONNX's input with the identity as its kernel. The gates stand
// in ONNX's order, z, r, h, already.
void gru(Op& op) {
  const auto& [options, has_b, has_start] = op.arguments<GruOptions, bool, bool>();
  const Tensor& u = op.constant(1);
  const std::int64_t units = u.shape(0);
  const Tensor identity = unsqueeze(eye(3 * units, u.dtype()), 0);
  std::vector<std::string> in{op.last(), op.graph.constant(identity),
                              op.graph.constant(unsqueeze(transpose(u), 0).contiguous(), op.hint(1))};
  if (has_b) {
    const Tensor b = reshape(op.constant(2), {1, 3 * units});
    in.push_back(op.graph.constant(concat({zeros_like(b), b}, 1), op.hint(2)));
  }
  if (has_start) {
    if (!has_b) in.emplace_back();
    in.emplace_back();  // all steps are there
    in.push_back(op.node("Unsqueeze", {op.last(has_b ? 3 : 2), op.graph.constant(Ints{0})}));
  }
  const std::string y =
      op.node("GRU", in,
              {{"hidden_size", units}, {"linear_before_reset", std::int64_t{options.reset_after ? 1 : 0}}});
  op.set_last(op.node("Squeeze", {y, op.graph.constant(Ints{1})}));
}

// y = γ (x − μ) / √(σ² + ε) + β. ONNX has its channels on axis 1; where ours cannot go there, y = s x + t.
void batch_norm(Op& op) {
  if (!op.has_arguments<Moments, double, bool>())
    op.refuse("normalizes with the moments of the batch, as in training");
  const auto& [moments, epsilon, has_gamma] = op.arguments<Moments, double, bool>();
  const auto& others = std::get<0>(*std::any_cast<std::tuple<Moments, double, bool>>(&op.other.arguments));
  const DType dtype = op.output.dtype;
  const std::size_t at_beta = has_gamma ? 2 : 1;
  const bool has_beta = op.inputs.size() > at_beta;
  const Tensor gamma = has_gamma ? op.constant(1) : ones_like(moments.mean);
  const Tensor beta = has_beta ? op.constant(at_beta) : zeros_like(moments.mean);
  const std::string of_gamma = has_gamma ? op.hint(1) : "", of_beta = has_beta ? op.hint(at_beta) : "";
  const int rank = op.inputs[0]->rank();
  if (rank != 2 && rank != 4) {
    const Tensor s = gamma.to(float64) / sqrt(moments.variance.to(float64) + epsilon);
    const Tensor t = beta.to(float64) - moments.mean.to(float64) * s;
    const std::string scaled = op.node("Mul", {op.last(), op.graph.constant(s.to(dtype), of_gamma)});
    return op.set_last(op.node("Add", {scaled, op.graph.constant(t.to(dtype), of_beta)}));
  }
  const std::string x = rank == 4 ? op.first() : op.last();
  std::string y = op.node("BatchNormalization",
                          {x, op.graph.constant(gamma, of_gamma), op.graph.constant(beta, of_beta),
                           op.last(op.value_of(moments.mean, others.mean)),
                           op.last(op.value_of(moments.variance, others.variance))},
                          {{"epsilon", epsilon}});
  rank == 4 ? op.set_first(std::move(y)) : op.set_last(std::move(y));
}

// Of equal values the first are kept, which ONNX's TopK says too.
void keep_top_k(Op& op) {
  const std::string x = op.last(), k = op.graph.constant(Ints{std::get<0>(op.arguments<std::int64_t>())});
  const auto [values, indices] = op.graph.node_with_two_outputs("TopK", {x, k}, {{"axis", std::int64_t{-1}}});
  const std::string none = op.node("ConstantOfShape", {op.node("Shape", {x})},
                                   {{"value", zeros({1}, op.graph.written_type(op.output.dtype))}});
  op.set_last(op.node("ScatterElements", {none, indices, values}, {{"axis", std::int64_t{-1}}}));
}

}  // namespace

const std::vector<NamedForm>& product_forms() {
  static const std::vector<NamedForm> forms{
      {"matmul", matmul},         {"affine", affine},         {"einsum", einsum}, {"lstm", lstm},
      {"batch_norm", batch_norm}, {"keep_top_k", keep_top_k}, {"gru", gru},       {"lstm_from", lstm_from},
  };
  return forms;
}

}  // namespace hourglass::onnx::internal
