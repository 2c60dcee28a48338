// Convolution: gradients of both orders, and PyTorch's numbers (tests/golden/make_conv.py).

#include "support/golden.h"
#include "support/gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/conv.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <gmock/gmock.h>

namespace hourglass {
namespace {

using X = const std::vector<Variable>&;

struct Row {
  std::string name;
  Shape x, w;
  Conv2DOptions options{};
  Epilogue f = Epilogue::none;
};

// In the order of the golden file's rows.
const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"plain", {2, 5, 6, 2}, {3, 2, 2, 3}},
      {"padded", {2, 5, 4, 2}, {3, 3, 2, 3}, {.padding = 1}},
      {"strided", {1, 7, 6, 2}, {3, 3, 2, 2}, {.stride = 2, .padding = 1}, Epilogue::tanh},
      {"uneven", {2, 6, 7, 1}, {2, 3, 1, 3}, {.stride = {3, 2}, .padding = {1, 1, 0, 0}}, Epilogue::sigmoid},
      {"dilated", {1, 7, 8, 2}, {3, 2, 2, 2}, {.padding = 1, .dilation = 2}},
      {"groups", {2, 4, 4, 4}, {3, 3, 2, 6}, {.padding = 1, .groups = 2}},
      {"depthwise", {2, 5, 5, 3}, {3, 3, 1, 3}, {.stride = 2, .padding = 1, .groups = 3}},
      {"one_to_many", {2, 5, 5, 1}, {3, 3, 1, 17}, {.padding = 1}},
      {"many_to_one", {2, 5, 5, 17}, {3, 3, 17, 1}, {.padding = 1}},
      {"five", {1, 6, 6, 2}, {5, 5, 2, 2}, {.stride = 3, .padding = 2}},
      {"one", {1, 1, 1, 1}, {1, 1, 1, 1}},
      {"strided_past", {1, 5, 5, 2}, {2, 2, 2, 2}, {.stride = 3}},
  };
  return all;
}

Extent2 image_of(const Row& row) { return {row.x[1], row.x[2]}; }
Extent2 kernel_of(const Row& row) { return {row.w[0], row.w[1]}; }

Shape output_shape(const Row& row) {
  return conv2d(zeros(row.x), zeros(row.w), nullptr, row.options).shape();
}

class Conv : public ::testing::TestWithParam<std::size_t> {
 public:
  static std::string name(const ::testing::TestParamInfo<std::size_t>& info) {
    return rows()[info.param].name;
  }
};

TEST_P(Conv, FacesHaveRightGradientsOfBothOrders) {
  const Row& row = rows()[GetParam()];
  Generator g(GetParam() + 1);
  const auto random = [&](const Shape& shape) { return normal(shape, 0.0, 0.5, g, float64); };
  const Shape y = output_shape(row);
  EXPECT_GRADIENTS([&](X v) { return conv2d(v[0], v[1], v[2], row.options, row.f); }, random(row.x),
                   random(row.w), random({row.w[3]}));
  EXPECT_GRADIENTS(
      [&](X v) { return conv2d_input_grad(v[0], v[1], image_of(row), row.options, v[2], row.f); }, random(y),
      random(row.w), random({row.x[3]}));
  EXPECT_GRADIENTS([&](X v) { return conv2d_kernel_grad(v[0], v[1], kernel_of(row), row.options); },
                   random(row.x), random(y));
}

void compare(const Row& row, std::size_t index, DType dtype, double tolerance) {
  static const auto golden = testing::read_golden("conv.txt");
  std::vector<Variable> v;
  for (std::size_t i = 0; i < 3; ++i) {
    const Shape shape = i == 0 ? row.x : i == 1 ? row.w : Shape{row.w[3]};
    v.push_back(Variable::parameter(testing::wild(index, i, shape, -1.0, 1.0).to(dtype)));
  }
  const Variable y = conv2d(v[0], v[1], v[2], row.options, row.f);
  EXPECT_LE(testing::relative_difference(y.value(), golden.at(row.name + " value 0")), tolerance);
  const Variable loss = sum(y * testing::wild(index, 9, y.shape()).to(dtype));
  const std::vector<Variable> g = grad(std::span(&loss, 1), v);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_LE(
        testing::relative_difference(g[i].value(), golden.at(row.name + " gradient " + std::to_string(i))),
        tolerance)
        << "gradient of input " << i;
  }
  // The transposed convolution of the same kernel: value and gradients.
  const Variable z = Variable::parameter(testing::wild(index, 5, y.shape(), -1.0, 1.0).to(dtype));
  const Variable x = conv2d_input_grad(z, v[1], image_of(row), row.options);
  EXPECT_LE(testing::relative_difference(x.value(), golden.at(row.name + " transposed 0")), tolerance);
  const Variable of_x = sum(x * v[0]);
  const std::vector<Variable> inputs{z, v[1]};
  const std::vector<Variable> gx = grad(std::span(&of_x, 1), inputs);
  EXPECT_LE(testing::relative_difference(gx[0].value(), golden.at(row.name + " transposed_gradient 0")),
            tolerance);
  EXPECT_LE(testing::relative_difference(gx[1].value(), golden.at(row.name + " transposed_gradient 1")),
            tolerance);
}

TEST_P(Conv, IsPyTorchsInFloat64) { compare(rows()[GetParam()], GetParam(), float64, 1e-10); }
TEST_P(Conv, IsPyTorchsInFloat32) { compare(rows()[GetParam()], GetParam(), float32, 1e-5); }

INSTANTIATE_TEST_SUITE_P(Rows, Conv, ::testing::Range<std::size_t>(0, rows().size()), Conv::name);

TEST(Conv, FacesHaveRightGradientsOverAGridOfOddShapes) {
  Generator g(3);
  const auto random = [&](const Shape& shape) { return normal(shape, 0.0, 0.5, g, float64); };
  for (const std::int64_t kernel : {1, 2, 3, 4, 5}) {
    for (const std::int64_t stride : {1, 2, 3}) {
      for (const std::int64_t dilation : {1, 2}) {
        const Conv2DOptions o{.stride = stride, .padding = Padding::same, .dilation = dilation};
        const Tensor x = random({1, 5, 4, 2}), w = random({kernel, kernel, 2, 2});
        const Tensor y = random(conv2d(x, w, nullptr, o).shape());
        EXPECT_GRADIENTS([&](X v) { return conv2d(v[0], v[1], {}, o); }, x, w);
        EXPECT_GRADIENTS([&](X v) { return conv2d_input_grad(v[0], v[1], {5, 4}, o); }, y, w);
        EXPECT_GRADIENTS([&](X v) { return conv2d_kernel_grad(v[0], v[1], kernel, o); }, x, y);
      }
    }
  }
}

TEST(Conv, HasGradientsWithoutImagesAndInOneDimension) {
  Generator g(2);
  const auto random = [&](const Shape& shape) { return normal(shape, 0.0, 0.5, g, float64); };
  EXPECT_GRADIENTS([](X v) { return conv2d(v[0], v[1], v[2]); }, zeros({0, 5, 5, 2}, float64),
                   random({3, 3, 2, 3}), random({3}));
  EXPECT_GRADIENTS([](X v) { return conv1d(v[0], v[1], v[2], {.stride = 2, .padding = Padding::same}); },
                   random({2, 7, 2}), random({3, 2, 3}), random({3}));
}

}  // namespace
}  // namespace hourglass
