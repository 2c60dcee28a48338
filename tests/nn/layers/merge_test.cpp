// Layers that make one tensor of several.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/nn/layers/merge.h>
#include <hourglass/tensor/base/json.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gtest/gtest.h>

#include <cmath>

namespace hourglass::nn {
namespace {

void expect_rows(const Variable& y, const NestedList& rows) {
  const Tensor expected = tensor(rows);
  ASSERT_EQ(y.shape(), expected.shape());
  EXPECT_LE(max(abs(y.value() - expected)).item(), 1e-6) << y;
}

const Variable a = tensor({{1.0, 5.0}, {-3.0, 2.0}}), b = tensor({{4.0, 2.0}, {0.5, 2.0}}),
               c = tensor({{0.0, 7.0}, {1.0, -2.0}});

TEST(Merge, Values) {
  expect_rows(Add()({a, b, c}), {{5, 14}, {-1.5, 2}});
  expect_rows(Subtract()({a, b}), {{-3, 3}, {-3.5, 0}});
  expect_rows(Multiply()({a, b, c}), {{0, 70}, {-1.5, -8}});
  expect_rows(Average()({a, b, c}), {{5.0 / 3, 14.0 / 3}, {-0.5, 2.0 / 3}});
  expect_rows(Maximum()({a, b, c}), {{4, 7}, {1, 2}});
  expect_rows(Minimum()({a, b, c}), {{0, 2}, {-3, -2}});
  expect_rows(Concatenate()({a, b}), {{1, 5, 4, 2}, {-3, 2, 0.5, 2}});
  expect_rows(Dot()({a, b}), {{14}, {2.5}});
  expect_rows(Dot({.normalize = true})({a, b}),
              {{14 / std::sqrt(26.0 * 20.0)}, {2.5 / std::sqrt(13.0 * 4.25)}});
}

TEST(Merge, OfOneIsItself) {
  expect_rows(Add()({a}), {{1, 5}, {-3, 2}});
  expect_rows(Average()(a), {{1, 5}, {-3, 2}});
}

TEST(Merge, BroadcastsExtentsOfOneButNotTheBatch) {
  EXPECT_EQ(Multiply()({ones({2, 4, 4, 3}), ones({2, 1, 1, 3})}).shape(), (Shape{2, 4, 4, 3}));
  EXPECT_EQ(Add()({ones({2, 1}), ones({2, 5}), ones({2, 1})}).shape(), (Shape{2, 5}));
  EXPECT_THROW_TEXT((void)Add()({ones({2, 3}), ones({1, 3})}), ShapeError,
                    "Add: cannot merge tensors of shapes (2, 3) and (1, 3)");
  EXPECT_THROW_TEXT((void)Maximum()({ones({2, 3}), ones({2, 3}), ones({2, 4})}), ShapeError,
                    "Maximum: cannot merge tensors of shapes (2, 3), (2, 3) and (2, 4)");
  EXPECT_THROW_TEXT((void)Average()({ones({2}), ones({2, 1})}), ShapeError, "Average: cannot merge");
}

TEST(Merge, ConcatenatesAlongAnyAxisButTheBatch) {
  EXPECT_EQ(Concatenate(1)({ones({2, 3, 4}), ones({2, 5, 4})}).shape(), (Shape{2, 8, 4}));
  EXPECT_EQ(Concatenate(-2)({ones({2, 3, 4}), ones({2, 5, 4})}).shape(), (Shape{2, 8, 4}));
  EXPECT_THROW_TEXT(
      (void)Concatenate(1)({ones({2, 3, 4}), ones({2, 3, 1})}), ShapeError,
      "Concatenate(axis 1): cannot merge tensors of shapes (2, 3, 4) and (2, 3, 1); they may differ");
  EXPECT_THROW_TEXT((void)Concatenate(3)({ones({2, 3, 4}), ones({2, 3, 4})}), ShapeError,
                    "have no axis 3 beside that of the batch");
  EXPECT_THROW_TEXT((void)Concatenate(-3)({ones({2, 3, 4}), ones({2, 3, 4})}), ShapeError, "have no axis -3");
  EXPECT_THROW_TEXT(Concatenate(0), DataError, "Concatenate: axis 0 is that of the batch");
}

TEST(Merge, TakesTheRightNumber) {
  EXPECT_THROW_TEXT((void)Subtract()({a, b, c}), DataError, "Subtract: takes two tensors, got 3");
  EXPECT_THROW_TEXT((void)Dot()({a}), DataError, "Dot: takes two tensors, got 1");
  EXPECT_THROW_TEXT((void)Add()(std::vector<Variable>{}), DataError, "Add: there is nothing to merge");
  EXPECT_THROW_TEXT((void)Dot()({ones({2, 3}), ones({2, 4})}), ShapeError,
                    "Dot: cannot multiply rows of shapes (2, 3) and (2, 4)");
}

TEST(Merge, Gradients) {
  Generator g(1);
  const auto draw = [&](const Shape& shape) { return normal(shape, 0.0, 1.0, g, float64); };
  EXPECT_GRADIENTS(
      [](const auto& x) {
        return Multiply()({x[0], x[1], x[2]});
      },
      draw({2, 3}), draw({2, 3}), draw({2, 1}));
  EXPECT_GRADIENTS([](const auto& x) { return Average()({x[0], square(x[1])}); }, draw({2, 3}), draw({2, 3}));
  EXPECT_GRADIENTS(
      [](const auto& x) {
        return square(Concatenate(1)({x[0], x[1]}));
      },
      draw({2, 3, 2}), draw({2, 1, 2}));
  EXPECT_GRADIENTS(
      [](const auto& x) {
        return Dot({.normalize = true})({x[0], x[1]});
      },
      draw({2, 3, 4}), draw({2, 2, 4}));
}

TEST(Merge, FunctionsAreFoundByName) {
  const MergeFunction half{"half_of_three", [](const Variable& x, const Variable& y, const Variable& z) {
                             return 0.5 * (x + y + z);
                           }};
  EXPECT_THROW_TEXT((void)to_json(LambdaMerge(half).config()), DataError,
                    "the function \"half_of_three\" is not known by its name");
  register_merge(half);
  EXPECT_THROW_TEXT(register_merge(half), DataError, "the name \"half_of_three\" is taken");
  const std::string text = to_json(LambdaMerge(half).config());
  EXPECT_EQ(text, R"({"function":"half_of_three"})");
  auto again = LambdaMerge::from_config(options_from_json<LambdaMerge::Config>(text, "test"));
  expect_rows(again({a, b, c}), {{2.5, 7}, {-0.75, 1}});
  EXPECT_THROW_TEXT((void)merge_named("third"), DataError, "the function \"third\" is not known, there are ");
}

}  // namespace
}  // namespace hourglass::nn
