// Layers along one axis: PyTorch's numbers, gradients of both orders, and their twins of images.

#include "support/expect_error.h"
#include "support/golden.h"
#include "support/gradients.h"

#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/pool1d.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

namespace hourglass::nn {
namespace {

using testing::wild;
using X = const std::vector<Variable>&;

Variable transposed(X v, Conv1DTransposeOptions o) {
  o.stride = 2, o.dtype = v[0].dtype();
  Conv1DTranspose layer(3, 4, o);
  layer.kernel = v[1], layer.bias = v[2];
  return layer(v[0]);
}

struct Row {
  const char* name;
  testing::Function fn;
  std::vector<Shape> shapes;
};

TEST(AlongOneAxis, IsPyTorchs) {
  const Shape s{2, 7, 3};
  const std::vector<Shape> conv{s, {3, 4, 3}, {4}};
  const std::vector<Row> rows{
      {"conv1d_transpose", [](X v) { return transposed(v, {}); }, conv},
      {"conv1d_transpose_more", [](X v) { return transposed(v, {.output_padding = 1}); }, conv},
      {"max_pool1d", [](X v) { return MaxPool1D({.window = 3, .stride = 2})(v[0]); }, {s}},
      {"average_pool1d", [](X v) { return AveragePool1D()(v[0]); }, {s}},
      {"upsample1d", [](X v) { return UpSampling1D({.factor = 3})(v[0]); }, {s}}};
  const testing::Golden golden("sequences");
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    std::vector<Tensor> x;
    for (std::size_t i = 0; i < row.shapes.size(); ++i) x.push_back(wild(row.name, i, row.shapes[i]));
    expect_golden(golden, row.name, row.fn, x, 1e-10);
    EXPECT_TRUE(testing::gradients_are_right(row.name, row.fn, x));
  }
}

TEST(AlongOneAxis, IsAnImageOfOneRow) {
  const Tensor x = wild("row", 0, {2, 9, 3}).to(float32), image = unsqueeze(x, 1);
  const auto row = [](const Variable& y) { return squeeze(y.value(), 1); };
  EXPECT_EQ(max(abs(MaxPool1D({.window = 3, .padding = Padding::same})(x).value() -
                    row(MaxPool2D({.window = {1, 3}, .padding = Padding::same})(image))))
                .item(),
            0.0);
  EXPECT_EQ(
      max(abs(AveragePool1D({.window = 3, .stride = 1, .padding = Padding(0, 0, 1, 2)})(x).value() -
              row(AveragePool2D({.window = {1, 3}, .stride = 1, .padding = Padding(0, 0, 1, 2)})(image))))
          .item(),
      0.0);
  Conv1DTranspose one(3, 4, {.kernel = 5, .stride = 2, .padding = Padding::same, .activation = relu});
  ConvTranspose2D two(3, 4,
                      {.kernel = {1, 5}, .stride = {1, 2}, .padding = Padding::same, .activation = relu});
  two.kernel.set_value(unsqueeze(one.kernel.value(), 0));
  EXPECT_EQ(one(x).shape(), (Shape{2, 18, 4}));
  EXPECT_LE(max(abs(one(x).value() - row(two(image)))).item(), 1e-6);
  EXPECT_EQ(one.describe(), "Conv1DTranspose(3 -> 4, kernel 5, stride 2, same, relu)");
  EXPECT_EQ(MaxPool1D({.window = 3, .stride = 2}).describe(), "MaxPool1D(3, stride 2)");
  EXPECT_EQ(UpSampling1D().describe(), "UpSampling1D(2)");
}

TEST(AlongOneAxis, ReportsWrongInput) {
  EXPECT_THROW_TEXT((void)MaxPool1D()(zeros({2, 3})), ShapeError,
                    "MaxPool1D(2) expects sequences (N, L, C), got an input of shape (2, 3)");
  EXPECT_THROW_TEXT((void)MaxPool1D({.window = 4})(zeros({2, 3, 1})), ShapeError, "max_pool2d");
  Conv1DTranspose layer(3, 4, {.stride = 2});
  EXPECT_THROW_TEXT((void)layer(zeros({2, 5, 2})), ShapeError,
                    "expects sequences (N, L, 3), got an input of shape (2, 5, 2)");
  EXPECT_THROW_TEXT(Conv1DTranspose(3, 4, {.stride = 2, .output_padding = 2}), ShapeError,
                    "output_padding 2 must be at least 0 and below the stride 2");
  EXPECT_THROW_TEXT(Conv1DTranspose(3, 4, {.padding = 1}), ShapeError, "must be valid or same");
  EXPECT_THROW_TEXT((void)UpSampling1D({.factor = 0})(zeros({2, 3, 1})), ShapeError, "upsample2d");
}

}  // namespace
}  // namespace hourglass::nn
