#include <gtest/gtest.h>
#include <hourglass/tensor/ops/accuracy.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <limits>

#include "support/expect_error.h"

namespace hourglass {
namespace {

TEST(Gather, TakesOneElementForEachIndex) {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  EXPECT_EQ(gather(x, tensor({{0, -1}, {2, 0}}, int64), 1).str(), "[[1. 3.]\n [6. 4.]]");
  EXPECT_EQ(gather(x, tensor({{1, 0, 1}}, int64), 0).str(), "[[4. 2. 6.]]");
  EXPECT_EQ(gather(transpose(x), tensor({{1, 0}}, int64), -1).str(), "[[4. 1.]]");
  EXPECT_EQ(gather(x.to(uint8), tensor({{1}}, int64), 1).dtype(), uint8);
  EXPECT_EQ(gather(tensor(7), tensor(-1, int64), 0).item(), 7);
  EXPECT_EQ(gather(zeros({0, 3}), zeros({0, 2}, int64), 1).shape(), (Shape{0, 2}));
}

// <gather(x), y> = <x, scatter_add(y)>, over every axis, with places that repeat.
TEST(Gather, AndScatterAddAreAdjoint) {
  Generator g(4);
  for (int axis = -3; axis < 3; ++axis) {
    const Tensor x = normal({3, 4, 5}, 0, 1, g, float64);
    const Shape shape = Shape{2, 3, 4}.with(axis, 7);
    const Tensor indices = randint(shape, -x.shape(axis), x.shape(axis), g),
                 y = normal(shape, 0, 1, g, float64);
    const double left = sum(gather(x, indices, axis) * y).item(),
                 right = sum(x * scatter_add(y, indices, axis, x.shape())).item();
    EXPECT_NEAR(left, right, 1e-12) << axis;
  }
  const Tensor ones_at = scatter_add(ones({1, 3}, uint8) * 100.0, tensor({{1, 1, 1}}, int64), 1, {2, 2});
  EXPECT_EQ(ones_at.str(), "[[ 0 44]\n [ 0  0]]");  // modulo 2⁸
}

TEST(Gather, SaysWhatDoesNotFit) {
  const Tensor x = zeros({2, 3});
  EXPECT_THROW_TEXT((void)gather(x, zeros({2, 2}), 1), DTypeError,
                    "gather: indices must be int64, got float32");
  EXPECT_THROW_TEXT((void)gather(x, zeros({2}, int64), 0), ShapeError,
                    "gather: indices of shape (2,) do not fit shape (2, 3)");
  EXPECT_THROW_TEXT((void)gather(x, zeros({3, 1}, int64), 1), ShapeError, "none longer but along axis 1");
  EXPECT_THROW_TEXT((void)gather(x, tensor({{3}}, int64), 1), IndexError,
                    "gather: index 3 is out of range for axis 1 of extent 3 (shape (2, 3))");
  EXPECT_THROW((void)gather(x, zeros({2, 2}, int64), 2), IndexError);
  EXPECT_THROW_TEXT((void)scatter_add(zeros({2, 1}), zeros({2, 2}, int64), 1, {2, 3}), ShapeError,
                    "scatter_add: values of shape (2, 1) need as many indices, got shape (2, 2)");
  EXPECT_THROW((void)scatter_add(zeros({1}), tensor({-4}, int64), 0, {3}), IndexError);
}

TEST(OneHot, IsOneAtTheLabelsPlace) {
  EXPECT_EQ(one_hot(tensor({2, 0}, int64), 3).str(), "[[0. 0. 1.]\n [1. 0. 0.]]");
  EXPECT_EQ(one_hot(tensor({{1}, {0}}, uint8), 2, int64).str(), "[[[0 1]]\n\n [[1 0]]]");
  EXPECT_EQ(one_hot(tensor(1, int64), 2).str(), "[0. 1.]");
  EXPECT_EQ(one_hot(zeros({0}, int64), 4).shape(), (Shape{0, 4}));
  EXPECT_EQ(one_hot(zeros({0}, int64), 0).shape(), (Shape{0, 0}));
  EXPECT_THROW_TEXT((void)one_hot(tensor({0, 3}, int64), 3), IndexError,
                    "one_hot: label 3 is not in [0, 3), in labels of shape (2,)");
  EXPECT_THROW((void)one_hot(tensor({-1}, int64), 3), IndexError);
  EXPECT_THROW_TEXT((void)one_hot(tensor({0.5}), 3), DTypeError, "one_hot: labels must be int64 or uint8");
  EXPECT_THROW((void)one_hot(tensor({0}, int64), -1), ShapeError);
}

TEST(Nonzero, GivesTheIndicesAlongEachAxis) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Tensor> places = nonzero(transpose(tensor({{0, 1, nan}, {-0.0, 0, 2}})));
  ASSERT_EQ(places.size(), 2U);
  EXPECT_EQ(places[0].str(), "[1 2 2]");
  EXPECT_EQ(places[1].str(), "[0 0 1]");
  EXPECT_EQ(nonzero(tensor({0, 5, 5}, uint8))[0].str(), "[1 2]");
  EXPECT_EQ(nonzero(tensor(3))[0].str(), "[0]");
  EXPECT_EQ(nonzero(tensor(0))[0].shape(), (Shape{0}));
  EXPECT_EQ(nonzero(zeros({2, 0, 3})).size(), 3U);
}

TEST(Accuracy, IsTheFractionOfRightClasses) {
  const Tensor scores = tensor({{0.1, 0.9}, {0.8, 0.2}, {0.4, 0.6}, {0.3, 0.7}});
  EXPECT_EQ(accuracy(scores, tensor({1, 0, 0, 1}, int64)), 0.75);
  EXPECT_EQ(accuracy(scores, tensor({1, 0, 0, 1}, uint8)), 0.75);
  EXPECT_EQ(accuracy(tensor({1, 2, 3}, int64), tensor({1, 2, 4}, uint8)), 2.0 / 3);
  EXPECT_EQ(accuracy(tensor({0.2, 0.8}), tensor(1, int64)), 1.0);
  EXPECT_THROW_TEXT((void)accuracy(scores, tensor({1, 0}, int64)), ShapeError,
                    "accuracy: scores of shape (4, 2) do not fit labels of shape (2,)");
  EXPECT_THROW_TEXT((void)accuracy(scores, scores), DTypeError, "give argmax(labels, -1)");
  EXPECT_THROW_TEXT((void)accuracy(zeros({0, 3}), zeros({0}, int64)), DataError, "there is no example");
}

}  // namespace
}  // namespace hourglass
