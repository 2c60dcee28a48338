// Diagonals, triangles, outer, dot and einsum; values and gradients of the floating types are in the table of
// ops.

#include <gtest/gtest.h>
#include <hourglass/tensor/ops/einsum.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/matrix.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <limits>

#include "support/expect_error.h"

namespace hourglass {
namespace {

constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max();

TEST(Triangles, KeepWhatLiesOnOneSideOfADiagonal) {
  const Tensor x = reshape(arange(1, 13, 1, int64), {3, 4});
  EXPECT_EQ(tril(x).str(), "[[ 1  0  0  0]\n [ 5  6  0  0]\n [ 9 10 11  0]]");
  EXPECT_EQ(triu(x, 1).str(), "[[ 0  2  3  4]\n [ 0  0  7  8]\n [ 0  0  0 12]]");
  for (const Tensor& m :
       {x, x.to(uint8), transpose(x), x.to(float32), zeros({2, 3, 4}), zeros({0, 3}), zeros({3, 0})}) {
    for (const std::int64_t k :
         {-kFar - 1, std::int64_t{-9}, std::int64_t{-1}, std::int64_t{0}, std::int64_t{2}, kFar}) {
      const Tensor both = k == kFar ? tril(m, k) : tril(m, k) + triu(m, k + 1);
      EXPECT_EQ(sum(both != m).item(), 0) << k;
    }
  }
  EXPECT_THROW_TEXT((void)tril(zeros({3})), ShapeError, "tril: needs two axes or more, got shape (3,)");
  EXPECT_THROW((void)triu(tensor(1.0)), ShapeError);
}

TEST(Diagonals, AreTakenAndPut) {
  const Tensor x = reshape(arange(0, 12, 1, int64), {3, 4});
  EXPECT_EQ(diag(x).str(), "[ 0  5 10]");
  EXPECT_EQ(diag(x, 2).str(), "[2 7]");
  EXPECT_EQ(diag(transpose(x), -2).str(), "[2 7]");
  EXPECT_EQ(diag(x, -2).str(), "[8]");
  for (const std::int64_t k : {std::int64_t{4}, kFar, std::int64_t{-3}, -kFar - 1})
    EXPECT_EQ(diag(x, k).shape(), (Shape{0}));
  EXPECT_FALSE(diag(x).shares_storage(x));
  EXPECT_TRUE(diagonal(x).shares_storage(x));
  EXPECT_EQ(diag(tensor({1, 2}), 1).str(), "[[0. 1. 0.]\n [0. 0. 2.]\n [0. 0. 0.]]");
  EXPECT_EQ(diag(zeros({0}), -2).shape(), (Shape{2, 2}));
  EXPECT_EQ(diagonal(zeros({2, 3, 4, 5}), 1, -1, 1).shape(), (Shape{2, 4, 2}));
  EXPECT_THROW_TEXT((void)diag(zeros({2, 3, 4})), ShapeError,
                    "diag: needs a vector or a matrix, got shape (2, 3, 4)");
  EXPECT_THROW((void)diag(tensor(1.0)), ShapeError);
  EXPECT_THROW((void)diag(zeros({2}), kFar), ShapeError);
  EXPECT_THROW_TEXT((void)diagonal(x, 0, 1, -1), ShapeError, "two different axes");
  EXPECT_THROW_TEXT((void)put_diagonal(zeros({2}), {3, 4}), ShapeError,
                    "the diagonal 0 of shape (3, 4) has shape (3,), but the values (2,)");
}

TEST(Dot, FollowsNumPysRules) {
  EXPECT_EQ(dot(tensor({1, 2, 3}, int64), tensor({4, 5, 6}, int64)).item(), 32);
  EXPECT_EQ(dot(tensor({200, 100}, uint8), tensor({2, 3}, uint8)).item(), 700);
  EXPECT_EQ(dot(tensor({{1, 2}, {3, 4}}, int64), tensor({{1, 0}, {2, 1}}, int64)).str(),
            "[[ 5  2]\n [11  4]]");
  EXPECT_EQ(dot(tensor(3), tensor({1, 2})).str(), "[3. 6.]");
  EXPECT_EQ(dot(zeros({0}), zeros({0})).item(), 0);
  EXPECT_EQ(dot(zeros({2, 0}), zeros({3, 0, 4})).shape(), (Shape{2, 3, 4}));
  EXPECT_THROW_TEXT(
      (void)dot(zeros({2, 3}), zeros({2, 3})), ShapeError,
      "dot: shapes (2, 3) and (2, 3) do not fit: the last axis of the first has 3, axis 0 of the second 2");
  EXPECT_THROW((void)dot(zeros({2}), zeros({2}, float64)), DTypeError);
  EXPECT_EQ(outer(tensor({1, 2}, uint8), tensor({{3}, {4}}, uint8)).str(), "[[3 4]\n [6 8]]");
  EXPECT_EQ(outer(tensor(2), zeros({0})).shape(), (Shape{1, 0}));
}

TEST(Einsum, TakesEveryType) {
  const Tensor a = reshape(arange(0, 6), {2, 3}), b = reshape(arange(0, 12), {3, 4});
  const Tensor expected = einsum("ij,jk->ik", {a, b}).to(int64);
  EXPECT_EQ(expected.str(), "[[20 23 26 29]\n [56 68 80 92]]");
  for (const DType dtype : {float64, int64, uint8}) {
    const Tensor y = einsum("ij,jk->ik", {a.to(dtype), b.to(dtype)});
    EXPECT_EQ(sum(y.to(int64) != expected).item(), 0) << name(dtype);
    EXPECT_EQ(y.dtype(), is_floating(dtype) ? dtype : int64);
  }
  EXPECT_EQ(einsum("ij,k->k", {ones({2, 3}, uint8), tensor({100, 2}, uint8)}).str(), "[600  12]");
  EXPECT_EQ(einsum(" i j , j k -> k i ", {a, b}).shape(), (Shape{4, 2}));
  EXPECT_EQ(einsum("ij,jk->ik", {zeros({2, 0}), zeros({0, 4})}).str(), zeros({2, 4}).str());
  EXPECT_EQ(einsum("ij->", {zeros({0, 3})}).item(), 0);
  EXPECT_EQ(einsum(",->", {tensor(2), tensor(3)}).item(), 6);
  EXPECT_EQ(einsum("...", {a}).shape(), a.shape());
}

// Against the definition in loops: every assignment of extents to the letters.
TEST(Einsum, IsTheSumOfProductsOfItsDefinition) {
  Generator g(6);
  const Tensor a = normal({2, 3, 4}, 0, 1, g, float64), b = normal({4, 2, 5}, 0, 1, g, float64);
  const Tensor y = einsum("ijk,kil->jl", {permute(permute(a, {2, 0, 1}), {1, 2, 0}), b});
  for (std::int64_t j = 0; j < 3; ++j) {
    for (std::int64_t l = 0; l < 5; ++l) {
      double total = 0;
      for (std::int64_t i = 0; i < 2; ++i) {
        for (std::int64_t k = 0; k < 4; ++k) total += a[i][j][k].item() * b[k][i][l].item();
      }
      EXPECT_NEAR(y[j][l].item(), total, 1e-12);
    }
  }
}

TEST(Einsum, SaysWhatItCannotRead) {
  const Tensor a = zeros({2, 3}), b = zeros({4, 2});
  EXPECT_THROW_TEXT((void)einsum("ij,jk->ik", {a, b}), ShapeError,
                    "einsum: axis 0 of operand 1 (shape (4, 2)) has 4, but \"j\" is 3 elsewhere");
  EXPECT_THROW_TEXT((void)einsum("ij,jk->ik", {a}), DataError, "is for 2 operands, got 1");
  EXPECT_THROW_TEXT((void)einsum("ijk->i", {a}), ShapeError, "names 3 axes, but operand 0 has shape (2, 3)");
  EXPECT_THROW_TEXT((void)einsum("i->i", {a}), ShapeError, "names 1 axes, but operand 0 has shape (2, 3)");
  EXPECT_THROW_TEXT((void)einsum("ij->ik", {a}), DataError, "has \"k\" of no operand in its result");
  EXPECT_THROW_TEXT((void)einsum("ij->ii", {a}), DataError, "has \"i\" twice in its result");
  EXPECT_THROW_TEXT((void)einsum("...j->j", {a}), DataError, "write \"...\" after \"->\", too");
  EXPECT_THROW_TEXT((void)einsum("i1->i", {a}), DataError, "cannot read \"i1\"");
  EXPECT_THROW_TEXT((void)einsum("....->", {a}), DataError, "cannot read");
  EXPECT_THROW_TEXT((void)einsum("ii->i", {a}), ShapeError, "has 3, but \"i\" is 2 elsewhere");
  EXPECT_THROW((void)einsum("ij->i->j", {a}), DataError);
  EXPECT_THROW((void)einsum("ij,ij", {a, a.to(float64)}), DTypeError);
  EXPECT_THROW((void)einsum("", std::vector<Tensor>{}), DataError);
}

}  // namespace
}  // namespace hourglass
