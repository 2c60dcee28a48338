// Vectors by index: PyTorch's numbers, gradients of both orders, bad indices.

#include "support/expect_error.h"
#include "support/golden.h"
#include "support/gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/nn/clone.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/embedding.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/ops/factory.h>

#include <cmath>

namespace hourglass::nn {
namespace {

using testing::wild;
using X = const std::vector<Variable>&;

// The row of tests/golden/make_losses.py.
Variable embedding(X x) {
  Embedding layer(5, 3, {.dtype = x[0].dtype()});
  layer.embeddings = x[0];
  return square(layer(tensor({{4, 0, 4}, {1, 1, 4}}, int64)));
}

TEST(Embedding, AgreesWithPyTorch) {
  const testing::Golden golden("losses");
  expect_golden(golden, "Embedding", embedding, {wild("Embedding", 0, {5, 3})}, 1e-10);
  expect_golden(golden, "Embedding", embedding, {wild("Embedding", 0, {5, 3}).to(float32)}, 1e-5);
}

TEST(Embedding, HasRightGradientsOfBothOrders) {
  EXPECT_TRUE(testing::gradients_are_right("Embedding", embedding, {wild("Embedding", 0, {5, 3})}));
}

TEST(Embedding, AddsAnAxis) {
  Embedding layer(10, 4);
  EXPECT_EQ(layer(zeros({}, int64)).shape(), Shape({4}));
  EXPECT_EQ(layer(zeros({0}, int64)).shape(), Shape({0, 4}));
  EXPECT_EQ(layer(zeros({2, 3}, int64)).shape(), Shape({2, 3, 4}));
  EXPECT_EQ(layer.describe(), "Embedding(10 -> 4)");
  EXPECT_EQ(parameter_count(layer), 40);
  for (std::int64_t i = 0; i < 40; ++i) EXPECT_LE(std::abs(layer.embeddings.value().data<float>()[i]), 0.05F);
  const auto config = layer.config();
  EXPECT_EQ(Embedding::from_config(config).describe(), "Embedding(10 -> 4)");
}

TEST(Embedding, IsTrainedInANetwork) {
  set_seed(3);
  Sequential model{Embedding(6, 4), Flatten(), Dense(8, 1)};
  optim::Adam adam({.learning_rate = 0.05});
  const Tensor pairs = tensor({{0, 1}, {2, 3}, {4, 5}, {1, 0}}, int64), y = tensor({{1}, {0}, {-1}, {2}});
  for (int step = 0; step < 200; ++step) {
    backward(mean(square(model(pairs) - y)));
    adam.step(parameters(model));
  }
  EXPECT_LT(mean(square(model(pairs) - y)).value().item(), 1e-3);
}

TEST(Embedding, ReportsWrongInput) {
  Embedding layer(5, 3);
  EXPECT_THROW_TEXT((void)layer(zeros({2})), DTypeError,
                    "Embedding(5 -> 3) expects int64 indices, got float32 (2,); convert them with");
  EXPECT_THROW_TEXT((void)layer(tensor({0, 5}, int64)), IndexError,
                    "Embedding(5 -> 3) has no vector for index 5; they must be in [0, 5)");
  EXPECT_THROW_TEXT((void)layer(tensor({-1}, int64)), IndexError, "no vector for index -1");
  EXPECT_THROW_TEXT(Embedding(0, 3), ShapeError, "got 0 -> 3; the arguments are (in, out)");
}

}  // namespace
}  // namespace hourglass::nn
