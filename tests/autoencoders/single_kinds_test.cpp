// Halves, corruption, and what single kinds promise beside what all do (kinds_test.cpp).

#include "support/expect_error.h"

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/convolutional.h>
#include <hourglass/autoencoders/denoising.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/sparse.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>

namespace hourglass::autoencoders {
namespace {

using Penalty = SparseOptions::Penalty;
using Noise = Corruption::Noise;

void train(Autoencoder& model, const data::Batches& batches, double learning_rate, std::int64_t epochs) {
  optim::Adam adam({.learning_rate = learning_rate});
  (void)training::fit(model, adam, [&](const data::Batch& b) -> Variable { return model.loss(b.x); }, batches,
                      {.epochs = epochs, .verbose = training::Verbose::silent});
}

TEST(Architectures, HaveTheNumbersOfTheirPapers) {
  ConvolutionalAutoencoder pooled;
  EXPECT_EQ(nn::parameter_count(pooled), 28'353);
  EXPECT_EQ(pooled.encode(zeros({2, 784})).shape(), (Shape{2, 7, 7, 32}));
  ConvolutionalAutoencoder strided(strided_halves({.latent = 16}));
  EXPECT_EQ(strided.encode(zeros({2, 784})).shape(), (Shape{2, 16}));
  EXPECT_EQ(strided.reconstruct(zeros({2, 28, 28})).shape(), (Shape{2, 784}));
  VariationalAutoencoder dense;
  EXPECT_EQ(nn::parameter_count(dense), 784 * 400 + 400 + 400 * 40 + 40 + 20 * 400 + 400 + 400 * 784 + 784);
  BasicAutoencoder tied({.tied = true});
  EXPECT_EQ(nn::parameter_count(tied), 784 * 64 + 64 + 784);
  EXPECT_THROW_TEXT((void)pooled_halves({.image = {27, 28}}), ShapeError,
                    "pooled_halves: height and width must be multiples of 4, got 27 x 28");
}

TEST(Architectures, CanBeReplacedByOnesOwn) {
  struct Mine final : nn::Layer {
    nn::Dense inner{16, 2};
    Variable forward(const Variable& x) override { return tanh(inner(x)); }
    void visit(nn::Visitor& v) override { v("inner", inner); }
  };
  DenoisingAutoencoder model({nn::Sequential{Mine()}, nn::Sequential{nn::Dense(2, 16)}});
  EXPECT_EQ(nn::parameters(model).front().name, "encoder.0.inner.kernel");
  const std::string before = files::weights_sha256(model);
  train(model, data::Batches(uniform({96, 16})), 1e-2, 1);
  EXPECT_NE(files::weights_sha256(model), before);
}

TEST(Architectures, TakeDataOfAnyRangeWithHalvesOfTheirOwn) {
  set_seed(9);
  BasicAutoencoder model(dense_halves({.features = 16, .latent = 12}));  // a decoder without a sigmoid
  const Tensor x = normal({64, 16}) * 3.0;
  const data::Batches batches(x, {.batch_size = 16});
  const double before = reconstruction_mse(model, batches);
  train(model, batches, 2e-2, 60);
  EXPECT_LT(reconstruction_mse(model, batches), 0.3 * before);
  EXPECT_LT(min(model.reconstruct(x).value()).item(), -1.0);
}

TEST(Corruption, IsOfTheStatedStrength) {
  set_seed(4);
  const Tensor half = full({400, 500}, 0.5);
  const Tensor noisy = corrupt(half, {Noise::gaussian, 0.1});
  EXPECT_NEAR(mean(noisy).item(), 0.5, 1e-3);
  EXPECT_NEAR(std(noisy).item(), 0.1, 1e-3);
  // Clipped only if asked for: data of mean 0 would lose half of itself.
  EXPECT_NEAR(std(corrupt(half - 3.0, {Noise::gaussian, 2.0})).item(), 2.0, 2e-2);
  const Tensor strong = corrupt(half, {.noise = Noise::gaussian, .strength = 2.0, .clip = true});
  EXPECT_EQ(min(strong).item(), 0.0);
  EXPECT_EQ(max(strong).item(), 1.0);
  const auto share = [](const Tensor& condition) { return mean(condition.to(float64)).item(); };
  EXPECT_NEAR(share(corrupt(half, {Noise::masking, 0.3}) == 0.0), 0.3, 5e-3);
  const Tensor salted = corrupt(half, {Noise::salt_and_pepper, 0.3});
  EXPECT_NEAR(share(salted == 0.0), 0.15, 5e-3);
  EXPECT_NEAR(share(salted == 1.0), 0.15, 5e-3);
  EXPECT_NEAR(share(salted == 0.5), 0.7, 5e-3);
  EXPECT_EQ(max(abs(corrupt(half, {Noise::masking, 0.0}) - half)).item(), 0.0);
  EXPECT_THROW_TEXT((void)corrupt(half, {Noise::masking, 1.5}), DataError,
                    "the strength must be in [0, 1], a probability, got 1.5; 0 changes nothing");
  EXPECT_THROW_TEXT((void)corrupt(half, {Noise::gaussian, -1.0}), DataError,
                    "the strength must be at least 0, a deviation, got -1");
}

TEST(SparseAutoencoder, CountsWhatIsActive) {
  set_seed(6);
  SparseAutoencoder model({.features = 16, .latent = 40, .penalty = Penalty::top_k, .k = 5});
  const data::Batches images(uniform({30, 16}), {.batch_size = 7});
  const Activity activity = measure_activity(model, images);
  EXPECT_DOUBLE_EQ(activity.active_fraction, 5.0 / 40.0);
  EXPECT_EQ(activity.of_units.shape(), (Shape{40}));
  EXPECT_NEAR(sum(activity.of_units).item(), 5.0, 1e-12);
  EXPECT_EQ(static_cast<double>(activity.dead_units), sum((activity.of_units == 0.0).to(float64)).item());
  EXPECT_THROW_TEXT(SparseAutoencoder({.latent = 10, .penalty = Penalty::top_k}), ShapeError,
                    "cannot keep the 25 largest of 10 units; give .k from 1 to 10");
  EXPECT_THROW_TEXT(SparseAutoencoder({.target = 1.0}), DataError,
                    "the target activity must be in (0, 1), got 1");
  EXPECT_THROW_TEXT(SparseAutoencoder({.strength = -1.0}), DataError,
                    "the strength must not be negative, got -1");
}

TEST(SparseAutoencoder, HasAStrengthThatWorksForEachPenalty) {
  EXPECT_EQ(SparseAutoencoder({.latent = 8, .penalty = Penalty::l1}).strength(), 0.1);
  EXPECT_EQ(SparseAutoencoder({.latent = 8, .penalty = Penalty::kl}).strength(), 0.001);
  EXPECT_EQ(SparseAutoencoder({.latent = 8, .penalty = Penalty::kl, .strength = 0.1}).strength(), 0.1);
}

}  // namespace
}  // namespace hourglass::autoencoders
