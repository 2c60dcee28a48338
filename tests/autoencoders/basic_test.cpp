#include "support/expect_error.h"
#include "support/gradients.h"

#include <gtest/gtest.h>
#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/data/dataset.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

namespace hourglass::autoencoders {
namespace {

TEST(BasicAutoencoder, GoesThroughItsCodeAndBack) {
  BasicAutoencoder model({.features = 12, .hidden = {8, 6}, .latent = 3, .loss = ReconstructionLoss::bce});
  const Variable x = uniform({5, 12});
  EXPECT_EQ(model.encode(x).shape(), (Shape{5, 3}));
  EXPECT_EQ(model.reconstruct(x).shape(), (Shape{5, 12}));
  EXPECT_GE(min(model.reconstruct(x).value()).item(), 0.0);
  EXPECT_LE(max(model.reconstruct(x).value()).item(), 1.0);
  EXPECT_EQ(nn::parameters(model).front().name, "encoder.0.kernel");
  EXPECT_EQ(nn::parameters(model).size(), 12U);
}

TEST(BasicAutoencoder, HasRightGradients) {
  const Tensor x = uniform({4, 6}, 0.1, 0.9, default_generator(), float64);
  for (const ReconstructionLoss loss : {ReconstructionLoss::mse, ReconstructionLoss::bce}) {
    const auto whole = [&](const std::vector<Variable>& w) {
      nn::Dense encoder(6, 3, {.activation = tanh, .dtype = float64}),
          decoder(3, 6, {.activation = sigmoid, .dtype = float64});
      encoder.kernel = w[0], decoder.kernel = w[1];
      BasicAutoencoder model({nn::Sequential(std::move(encoder)), nn::Sequential(std::move(decoder))},
                             {.loss = loss});
      return model.loss(x).total;
    };
    EXPECT_GRADIENTS(whole, normal({6, 3}, 0, 1, default_generator(), float64),
                     normal({3, 6}, 0, 1, default_generator(), float64));
  }
}

TEST(BasicAutoencoder, NamesTheLayerThatDoesNotFit) {
  BasicAutoencoder model;
  EXPECT_THROW_TEXT((void)model.loss(zeros({2, 100})), ShapeError,
                    "\n  in Dense \"encoder.0\" (784 -> 64, relu)\n  in Sequential \"encoder\" (1 layer)\n  "
                    "in BasicAutoencoder");
}

TEST(Baselines, RecoverALinearModel) {
  set_seed(2);
  const Tensor code = normal({500, 3}), axes = normal({3, 16}), x = matmul(code, axes) + 0.5;
  const data::Batches batches(x, {.batch_size = 64});
  const Baselines baselines(batches);
  EXPECT_NEAR(baselines.mean_mse(batches), mean(square(x - mean(x, 0, {.keepdims = true}))).item(), 1e-6);
  EXPECT_GT(baselines.pca_mse(batches, 2), 1e-3);
  EXPECT_LT(baselines.pca_mse(batches, 3), 1e-9);
  EXPECT_NEAR(baselines.pca_mse(batches, 0), baselines.mean_mse(batches), 1e-7);
  EXPECT_THROW_TEXT(
      (void)baselines.pca_mse(batches, 17), DataError,
      "pca_mse: examples of 16 features have 0 to 16 components, got 17; give min(latent, features)");
}

TEST(Baselines, GiveThePublishedFiguresOnMnist) {
  if (!data::has_mnist()) return;
  const data::DataSplit mnist = data::mnist();
  const data::Batches train(mnist.train.images, {.batch_size = 1000}),
      test(mnist.test.images, {.batch_size = 1000});
  const Baselines baselines(train);
  EXPECT_NEAR(baselines.mean_mse(test), 0.06747, 5e-6);
  EXPECT_NEAR(baselines.pca_mse(test, 64), 0.00905, 5e-6);
  EXPECT_NEAR(baselines.pca_mse(test, 30) * 784, 13.87, 0.01);  // Hinton & Salakhutdinov 2006
}

}  // namespace
}  // namespace hourglass::autoencoders
