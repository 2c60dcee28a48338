// Pooling, upsampling, normalization, divergences: gradients of both orders, and PyTorch's numbers
// (tests/golden/make_layers.py).

#include "support/golden.h"
#include "support/gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/normalize.h>
#include <hourglass/autograd/ops/pool.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/top_k.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <gmock/gmock.h>

namespace hourglass {
namespace {

using X = const std::vector<Variable>&;

struct Row {
  std::string name;
  testing::Function fn;
  std::vector<Shape> shapes;
};

const std::vector<Row>& rows() {
  const Shape x{2, 5, 6, 3};
  static const std::vector<Row> all{
      {"max_pool", [](X v) { return max_pool2d(v[0]); }, {x}},
      {"max_pool_overlapping",
       [](X v) {
         return max_pool2d(v[0], {.window = {3, 2}, .stride = {{2, 1}}});
       },
       {x}},
      {"max_pool_padded",
       [](X v) { return max_pool2d(v[0], {.window = 3, .stride = 2, .padding = 1}); },
       {x}},
      {"average_pool", [](X v) { return average_pool2d(v[0]); }, {x}},
      {"average_pool_padded",
       [](X v) { return average_pool2d(v[0], {.window = 3, .stride = 2, .padding = 1}); },
       {x}},
      {"global_average_pool",
       [](X v) {
         return mean(v[0], {1, 2});
       },
       {x}},
      {"nearest",
       [](X v) {
         return upsample2d(v[0], {2, 3});
       },
       {x}},
      {"bilinear",
       [](X v) {
         return upsample2d(v[0], {2, 3}, Interpolation::bilinear);
       },
       {x}},
      {"batch_norm", [](X v) { return batch_norm(v[0], v[1], v[2]); }, {x, {3}, {3}}},
      {"batch_norm_2d", [](X v) { return batch_norm(v[0], v[1], v[2]); }, {{6, 4}, {4}, {4}}},
      {"layer_norm", [](X v) { return layer_norm(v[0], v[1], v[2]); }, {{3, 2, 4}, {4}, {4}}},
  };
  return all;
}

class LayerOp : public ::testing::TestWithParam<std::size_t> {
 public:
  static std::string name(const ::testing::TestParamInfo<std::size_t>& info) {
    return rows()[info.param].name;
  }
};

std::vector<Tensor> inputs_of(std::size_t index, DType dtype) {
  std::vector<Tensor> out;
  for (std::size_t i = 0; i < rows()[index].shapes.size(); ++i)
    out.push_back(testing::wild(index, i, rows()[index].shapes[i]).to(dtype));
  return out;
}

TEST_P(LayerOp, HasRightGradientsOfBothOrders) {
  const Row& row = rows()[GetParam()];
  EXPECT_TRUE(testing::gradients_are_right(row.name.c_str(), row.fn, inputs_of(GetParam(), float64)));
}

void compare(std::size_t index, DType dtype, double tolerance) {
  static const auto golden = testing::read_golden("layers.txt");
  const Row& row = rows()[index];
  std::vector<Variable> v;
  for (const Tensor& x : inputs_of(index, dtype)) v.push_back(Variable::parameter(x));
  const Variable y = row.fn(v);
  EXPECT_LE(testing::relative_difference(y.value(), golden.at(row.name + " value 0")), tolerance);
  const Variable loss = sum(y * testing::wild(index, 9, y.shape()).to(dtype));
  const std::vector<Variable> g = grad(std::span(&loss, 1), v);
  for (std::size_t i = 0; i < v.size(); ++i) {
    EXPECT_LE(
        testing::relative_difference(g[i].value(), golden.at(row.name + " gradient " + std::to_string(i))),
        tolerance)
        << "gradient of input " << i;
  }
}

TEST_P(LayerOp, IsPyTorchsInFloat64) { compare(GetParam(), float64, 1e-10); }
TEST_P(LayerOp, IsPyTorchsInFloat32) { compare(GetParam(), float32, 2e-5); }

INSTANTIATE_TEST_SUITE_P(Rows, LayerOp, ::testing::Range<std::size_t>(0, rows().size()), LayerOp::name);

TEST(LayerOps, HaveGradientsOverAGridOfOddShapes) {
  Generator g(8);
  for (const std::int64_t window : {1, 2, 3}) {
    for (const std::int64_t stride : {1, 2, 3}) {
      for (const Padding& padding : {Padding::valid, Padding::same}) {
        const Pool2DOptions o{.window = window, .stride = stride, .padding = padding};
        const Tensor x = normal({1, 5, 4, 2}, 0, 1, g, float64);
        EXPECT_GRADIENTS([&](X v) { return square(max_pool2d(v[0], o)); }, x);
        EXPECT_GRADIENTS([&](X v) { return square(average_pool2d(v[0], o)); }, x);
      }
    }
  }
  EXPECT_GRADIENTS([](X v) { return max_pool2d(v[0]); }, zeros({0, 4, 4, 2}, float64));
  EXPECT_GRADIENTS([](X v) { return batch_norm(v[0], {}, {}); }, normal({1, 3, 2, 17}, 0, 1, g, float64));
  EXPECT_GRADIENTS([](X v) { return layer_norm(v[0], {}, v[1]); }, normal({2, 17}, 0, 1, g, float64),
                   normal({17}, 0, 1, g, float64));
  EXPECT_GRADIENTS([](X v) { return square(keep_top_k(v[0], 3)); }, normal({4, 7}, 0, 1, g, float64));
}

}  // namespace
}  // namespace hourglass
