#include "op_table.h"

#include <hourglass/autograd/ops/einsum.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/index.h>
#include <hourglass/autograd/ops/log_prob.h>
#include <hourglass/autograd/ops/matrix.h>
#include <hourglass/autograd/ops/sort.h>
#include <hourglass/tensor/ops/factory.h>

namespace hourglass::testing {

namespace {

using X = const std::vector<Variable>&;

OpRow einsum_row(const std::string& name, const std::string& subscripts, std::vector<Shape> shapes) {
  return {"einsum_" + name, [subscripts](X x) { return einsum(subscripts, x); }, std::move(shapes)};
}

std::vector<OpRow> einsum_rows() {
  return {
      einsum_row("product", "ij,jk->ik", {{3, 4}, {4, 2}}),
      einsum_row("implied", "ij,jk", {{3, 4}, {4, 2}}),
      einsum_row("attention", "bhqd,bhkd->bhqk", {{2, 2, 3, 4}, {2, 2, 2, 4}}),
      einsum_row("bilinear", "bi,oij,bj->bo", {{2, 3}, {4, 3, 2}, {2, 2}}),
      einsum_row("chain", "ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 2}}),
      einsum_row("trace", "ii->", {{3, 3}}),
      einsum_row("diagonals", "bii->bi", {{2, 3, 3}}),
      einsum_row("three_times", "iii->i", {{3, 3, 3}}),
      einsum_row("transposed", "ba", {{3, 4}}),
      einsum_row("summed", "ij->j", {{3, 4}}),
      einsum_row("alone", "ij,kl->k", {{3, 4}, {2, 3}}),
      einsum_row("outer", "i,j->ji", {{3}, {4}}),
      einsum_row("dot", "i,i->", {{5}, {5}}),
      einsum_row("each", "ij,ij->ij", {{3, 4}, {3, 4}}),
      einsum_row("rows", "ij,ij->i", {{3, 4}, {3, 4}}),
      einsum_row("scalar", ",ij->ji", {{}, {3, 4}}),
      einsum_row("dots", "...i,i->...", {{2, 3, 4}, {4}}),
      einsum_row("broadcast", "...ij,...jk->...ik", {{2, 1, 3, 4}, {3, 4, 2}}),
      einsum_row("dots_implied", "...ij,...jk", {{2, 3, 4}, {4, 2}}),
      einsum_row("ones", "ij,jk->ik", {{3, 1}, {4, 2}}),
      einsum_row("ones_second", "ij,jk->ik", {{3, 4}, {1, 2}}),
  };
}

std::vector<OpRow> index_rows() {
  const Shape s{2, 3, 4};
  const Tensor indices = tensor({{{2, 0, -1, 2}, {1, 1, 0, -3}}}, int64);  // along axis 1
  return {
      {"gather", [=](X x) { return square(gather(x[0], indices, 1)); }, {s}},
      {"scatter_add", [=](X x) { return square(scatter_add(x[0], indices, -2, s)); }, {Shape{1, 2, 4}}},
      {"sort",
       [](X x) {
         return square(sort(x[0])) * tensor({1, 2, 3, 4}, x[0].dtype());
       },
       {s}},
      {"sort_descending",
       [](X x) {
         return square(sort(x[0], 1, {.descending = true})) * tensor({{1}, {2}, {3}}, x[0].dtype());
       },
       {s}},
  };
}

std::vector<OpRow> matrix_rows() {
  const Shape s{2, 3, 4};
  return {
      {"tril", [](X x) { return square(tril(x[0])); }, {s}},
      {"triu", [](X x) { return square(triu(x[0], -1)); }, {s}},
      {"diagonal", [](X x) { return square(diagonal(x[0], 1, 0, -1)); }, {s}},
      {"put_diagonal",
       [](X x) {
         return square(put_diagonal(x[0], {3, 4, 2}, -1));
       },
       {Shape{2, 2}}},
      {"diag", [](X x) { return square(diag(x[0], -1)); }, {Shape{3}}},
      {"diag_of_matrix", [](X x) { return square(diag(x[0], 1)); }, {Shape{3, 4}}},
      {"outer", [](X x) { return outer(x[0], x[1]); }, {Shape{3}, Shape{2, 2}}},
      {"dot", [](X x) { return dot(x[0], x[1]); }, {Shape{5}, Shape{5}}},
      {"dot_vector", [](X x) { return dot(x[0], x[1]); }, {s, Shape{4}}},
      {"dot_matrix", [](X x) { return dot(x[0], x[1]); }, {Shape{3, 4}, Shape{4, 2}}},
      {"dot_stacks", [](X x) { return dot(x[0], x[1]); }, {Shape{2, 3}, Shape{2, 3, 2}}},
      {"dot_scalar", [](X x) { return dot(x[0], x[1]); }, {Shape{}, Shape{3, 2}}},
  };
}

std::vector<OpRow> density_rows() {
  const Shape s{3, 4};
  return {
      {"normal_log_prob", [](X x) { return normal_log_prob(x[0], x[1], x[2]); }, {s, Shape{4}, Shape{3, 1}}},
      {"bernoulli_log_prob", [](X x) { return bernoulli_log_prob(x[0], x[1]); }, {s, Shape{4}}, 0.0, 1.0},
  };
}

}  // namespace

std::vector<OpRow> matrix_and_index_rows() {
  std::vector<OpRow> all;
  for (auto part : {einsum_rows(), index_rows(), matrix_rows(), density_rows()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

}  // namespace hourglass::testing
