#include "op_table.h"

#include "golden.h"

#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/loss.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/autograd/ops/top_k.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass::testing {

namespace {

using X = const std::vector<Variable>&;

std::vector<OpRow> elementwise_rows() {
  const Shape s{3, 4}, row{4}, column{3, 1};
  return {
      {"add", [](X x) { return x[0] + x[1]; }, {s, row}},
      {"subtract", [](X x) { return x[0] - x[1]; }, {s, column}},
      {"multiply", [](X x) { return x[0] * x[1]; }, {s, row}},
      {"divide", [](X x) { return x[0] / x[1]; }, {s, column}, 0.5, 2.0},
      {"maximum", [](X x) { return maximum(x[0], x[1]); }, {s, s}},
      {"minimum", [](X x) { return minimum(x[0], x[1]); }, {s, s}},
      {"pow", [](X x) { return pow(x[0], x[1]); }, {s, s}, 0.5, 2.0},
      {"numbers", [](X x) { return 2.0 - (3.0 / (x[0] * 1.5 + 0.25) - 1.0) / 4.0; }, {s}, 0.5, 2.0},
      {"maximum_number", [](X x) { return maximum(x[0], 0.3); }, {s}},
      {"minimum_number", [](X x) { return minimum(x[0], 0.3); }, {s}},
      {"pow_number", [](X x) { return pow(x[0], 2.5); }, {s}, 0.5, 2.0},
      {"neg", [](X x) { return -x[0]; }, {s}},
      {"abs", [](X x) { return abs(x[0]); }, {s}},
      {"sign", [](X x) { return sign(x[0]); }, {s}},
      {"floor", [](X x) { return floor(x[0]); }, {s}},
      {"ceil", [](X x) { return ceil(x[0]); }, {s}},
      {"round", [](X x) { return round(x[0]); }, {s}},
      {"compound",
       [](X x) {
         Variable y = x[0];
         y += x[1], y *= y, y -= 0.5, y /= x[1], y -= x[0], y += 1.0, y *= 3.0, y /= 2.0;
         return y;
       },
       {s, s},
       0.5,
       2.0},
      {"exp", [](X x) { return exp(x[0]); }, {s}},
      {"expm1", [](X x) { return expm1(x[0]); }, {s}},
      {"log", [](X x) { return log(x[0]); }, {s}, 0.5, 2.0},
      {"log1p", [](X x) { return log1p(x[0]); }, {s}, -0.5, 2.0},
      {"sqrt", [](X x) { return sqrt(x[0]); }, {s}, 0.5, 2.0},
      {"rsqrt", [](X x) { return rsqrt(x[0]); }, {s}, 0.5, 2.0},
      {"square", [](X x) { return square(x[0]); }, {s}},
      {"sin", [](X x) { return sin(x[0]); }, {s}},
      {"cos", [](X x) { return cos(x[0]); }, {s}},
      {"tanh", [](X x) { return tanh(x[0]); }, {s}},
      {"erf", [](X x) { return erf(x[0]); }, {s}},
      {"sigmoid", [](X x) { return sigmoid(x[0]); }, {s}},
      {"relu", [](X x) { return relu(x[0]); }, {s}},
      {"leaky_relu", [](X x) { return leaky_relu(x[0], 0.2); }, {s}},
      {"elu", [](X x) { return elu(x[0], 1.5); }, {s}},
      {"selu", [](X x) { return selu(x[0]); }, {s}},
      {"normal_cdf", [](X x) { return normal_cdf(x[0]); }, {s}, -4.0, 4.0},
      {"normal_pdf", [](X x) { return normal_pdf(x[0]); }, {s}, -4.0, 4.0},
      {"gelu", [](X x) { return gelu(x[0]); }, {s}},
      {"silu", [](X x) { return silu(x[0]); }, {s}},
      {"softplus", [](X x) { return softplus(x[0]); }, {s}},
      {"clip", [](X x) { return clip(x[0], -0.7, 0.9); }, {s}},
  };
}

std::vector<OpRow> reduction_rows() {
  const Shape s{2, 3, 4};
  return {
      {"sum",
       [](X x) {
         return sum(x[0], {0, 2});
       },
       {s}},
      {"sum_all", [](X x) { return sum(square(x[0])); }, {s}},
      {"mean", [](X x) { return mean(x[0], 1, {.keepdims = true}); }, {s}},
      {"var",
       [](X x) {
         return var(x[0], {1, 2});
       },
       {s}},
      {"std", [](X x) { return std(x[0], 0); }, {Shape{5, 3}}},
      {"center",
       [](X x) {
         return square(center(x[0], {0, 2}));
       },
       {s}},
      {"max", [](X x) { return max(x[0], 1); }, {s}},
      {"min", [](X x) { return min(x[0], 2); }, {s}},
      {"norm", [](X x) { return norm(x[0], 1); }, {s}},
      {"logsumexp", [](X x) { return logsumexp(x[0], 2); }, {s}},
      {"softmax", [](X x) { return softmax(x[0], -1); }, {s}},
      {"log_softmax", [](X x) { return log_softmax(x[0], 1); }, {s}},
      {"cumsum", [](X x) { return cumsum(x[0], 1); }, {s}},
      {"keep_top_k", [](X x) { return square(keep_top_k(x[0], 3)); }, {Shape{4, 7}}},
      {"sum_to",
       [](X x) {
         return sum_to(x[0], {3, 1});
       },
       {s}},
  };
}

std::vector<OpRow> shape_rows() {
  const Shape s{2, 3, 4};
  return {
      {"reshape",
       [](X x) {
         return square(reshape(x[0], {6, 4}));
       },
       {s}},
      {"transpose", [](X x) { return square(transpose(x[0])); }, {s}},
      {"permute",
       [](X x) {
         return square(permute(x[0], {2, 0, 1}));
       },
       {s}},
      {"slice",
       [](X x) {
         return square(slice(x[0], {Slice{}, Slice{-1, std::nullopt, -2}, Slice{1, 4, 2}}));
       },
       {s}},
      {"squeeze", [](X x) { return square(squeeze(unsqueeze(x[0], 1), 1)); }, {s}},
      {"broadcast_to",
       [](X x) {
         return square(broadcast_to(x[0], {2, 3, 4}));
       },
       {Shape{3, 1}}},
      {"concat",
       [](X x) {
         return square(concat({x[0], x[1]}, 1));
       },
       {Shape{2, 3}, Shape{2, 2}}},
      {"stack",
       [](X x) {
         return square(stack({x[0], x[1]}, 1));
       },
       {Shape{2, 3}, Shape{2, 3}}},
      {"split",
       [](X x) {
         const auto p = split(x[0], 2, 2);
         return p[0] * square(p[1]);
       },
       {s}},
      {"take",
       [](X x) {
         return square(take(x[0], tensor({2, 0, 2, -1}, int64), 1));
       },
       {s}},
      {"pad",
       [](X x) {
         return square(pad(x[0], {{1, 0}, {0, 2}}, 0.5));
       },
       {Shape{2, 3}}},
      {"flip",
       [](X x) {
         return square(flip(x[0], {0, 2})) * x[0];
       },
       {s}},
      {"where", [](X x) { return where(x[0].value() > 0.0, square(x[0]), x[1]); }, {s, s}},
  };
}

std::vector<OpRow> product_rows() {
  return {
      {"matmul", [](X x) { return matmul(x[0], x[1]); }, {Shape{3, 4}, Shape{4, 2}}},
      {"matmul_transposed",
       [](X x) { return matmul(transpose(x[0]), transpose(x[1])); },
       {Shape{4, 3}, Shape{2, 4}}},
      {"matmul_batched", [](X x) { return matmul(x[0], x[1]); }, {Shape{2, 1, 3, 4}, Shape{3, 4, 2}}},
      {"affine",
       [](X x) { return affine(x[0], x[1], x[2]); },
       {Shape{3, 4}, Shape{4, 2}, Shape{2}},
       -1.0,
       1.0},
      {"affine_relu",
       [](X x) { return affine(x[0], x[1], x[2], Epilogue::relu); },
       {Shape{3, 4}, Shape{4, 5}, Shape{5}},
       -1.0,
       1.0},
      {"affine_sigmoid",
       [](X x) { return affine(x[0], x[1], x[2], Epilogue::sigmoid); },
       {Shape{3, 4}, Shape{4, 2}, Shape{2}},
       -1.0,
       1.0},
      {"affine_tanh",
       [](X x) { return affine(x[0], x[1], x[2], Epilogue::tanh); },
       {Shape{3, 4}, Shape{4, 2}, Shape{2}},
       -1.0,
       1.0},
      {"affine_no_bias",
       [](X x) { return affine(x[0], x[1], std::nullopt); },
       {Shape{3, 4}, Shape{4, 2}},
       -1.0,
       1.0},
      {"mse", [](X x) { return mse(x[0], x[1]); }, {Shape{3, 4}, Shape{3, 4}}},
      {"bce_with_logits",
       [](X x) { return bce_with_logits(x[0], x[1]); },
       {Shape{3, 4}, Shape{3, 4}},
       0.0,
       1.0},
  };
}

}  // namespace

const std::vector<OpRow>& op_table() {
  static const std::vector<OpRow> rows = [] {
    std::vector<OpRow> all;
    for (auto part : {elementwise_rows(), reduction_rows(), shape_rows(), product_rows(), layer_rows(),
                      matrix_and_index_rows()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return rows;
}

std::vector<Tensor> inputs_of(const OpRow& row, DType dtype) {
  std::vector<Tensor> inputs;
  for (std::size_t i = 0; i < row.shapes.size(); ++i) {
    inputs.push_back(wild(row.name, i, row.shapes[i], row.low, row.high).to(dtype));
  }
  return inputs;
}

}  // namespace hourglass::testing
