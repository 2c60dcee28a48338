// Layers that resize, normalize and sample.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <hourglass/autograd/backward.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reparameterize.h>
#include <hourglass/nn/layers/tied_dense.h>
#include <hourglass/nn/losses/divergences.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/nn/summary.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

namespace hourglass::nn {
namespace {

using X = const std::vector<Variable>&;

Shape through(Layer&& layer, const Shape& input) { return layer(zeros(input)).shape(); }

TEST(ImageLayers, HaveTheShapesAndNamesOfKeras) {
  const Shape x{2, 7, 6, 3};
  EXPECT_EQ(through(MaxPool2D(), x), (Shape{2, 3, 3, 3}));
  EXPECT_EQ(through(MaxPool2D({.window = 3, .stride = 2, .padding = Padding::same}), x), (Shape{2, 4, 3, 3}));
  EXPECT_EQ(through(AveragePool2D({.window = {2, 3}}), x), (Shape{2, 3, 2, 3}));
  EXPECT_EQ(through(GlobalAveragePool2D(), x), (Shape{2, 3}));
  EXPECT_EQ(through(GlobalAveragePool2D({.keepdims = true}), x), (Shape{2, 1, 1, 3}));
  EXPECT_EQ(through(UpSampling2D(), x), (Shape{2, 14, 12, 3}));
  EXPECT_EQ(through(UpSampling2D({.factor = {1, 3}, .interpolation = Interpolation::bilinear}), x),
            (Shape{2, 7, 18, 3}));
  EXPECT_EQ(through(ZeroPadding2D(), x), (Shape{2, 9, 8, 3}));
  EXPECT_EQ(through(ZeroPadding2D({1, 0, 2, 3}), x), (Shape{2, 8, 11, 3}));
  EXPECT_EQ(through(Cropping2D({2, 1}), x), (Shape{2, 3, 4, 3}));
  EXPECT_EQ(MaxPool2D({.window = 3, .stride = 2, .padding = Padding::same}).describe(),
            "MaxPool2D(3x3, stride 2, same)");
  EXPECT_EQ(UpSampling2D({.factor = {1, 3}, .interpolation = Interpolation::bilinear}).describe(),
            "UpSampling2D(1x3, bilinear)");
  EXPECT_EQ(Cropping2D({0, 1, 2, 3}).describe(), "Cropping2D(rows 0,1, columns 2,3)");
}

TEST(ImageLayers, SayWhatDoesNotFit) {
  EXPECT_THROW_TEXT((void)ZeroPadding2D(-1), ShapeError, "edges must not be negative, got rows -1,-1");
  EXPECT_THROW_TEXT((void)through(Cropping2D(3), {1, 6, 9, 1}), ShapeError,
                    "Cropping2D(rows 3,3, columns 3,3) leaves nothing of an input of shape (1, 6, 9, 1)");
  EXPECT_THROW_TEXT((void)through(ZeroPadding2D(1), {6, 9, 1}), ShapeError, "expects images (N, H, W, C)");
  EXPECT_THROW_TEXT((void)through(Sequential{MaxPool2D({.window = 4})}, {1, 3, 9, 1}), ShapeError,
                    "in MaxPool2D \"0\" (4x4)");
  EXPECT_THROW_TEXT((void)SpatialDropout2D(1.0), DataError,
                    "SpatialDropout2D: the rate must be in [0, 1), got 1");
}

TEST(SpatialDropout2D, DropsWholeChannels) {
  set_seed(3);
  SpatialDropout2D layer(0.25);
  const Tensor y = layer(ones({50, 3, 4, 20})).value();
  const Tensor of_channel = mean(y, {1, 2});
  EXPECT_EQ(max(var(y, {1, 2})).item(), 0.0);  // a channel is dropped whole or not at all
  EXPECT_NEAR(mean(y).item(), 1.0, 0.1);
  EXPECT_NEAR(mean((of_channel == 0.0).to(float64)).item(), 0.25, 0.05);
  layer.eval();
  EXPECT_EQ(min(layer(ones({2, 2, 2, 3})).value()).item(), 1.0);
}

TEST(BatchNormalization, FollowsTheBatchesAsKerasDoes) {
  BatchNormalization layer(2, {.momentum = 0.9, .dtype = float64});
  Generator g(1);
  Tensor running_mean = zeros({2}, float64), running_variance = ones({2}, float64);
  for (int step = 0; step < 3; ++step) {
    const Tensor x = normal({4, 3, 3, 2}, 1.0, 2.0, g, float64);
    const Tensor y = layer(x).value();
    EXPECT_LE(max(abs(mean(y, {0, 1, 2}))).item(), 1e-12);
    running_mean = running_mean * 0.9 + mean(x, {0, 1, 2}) * 0.1;
    running_variance = running_variance * 0.9 + var(x, {0, 1, 2}) * 0.1;
  }
  EXPECT_LE(max(abs(layer.moving_mean - running_mean)).item(), 1e-14);
  EXPECT_LE(max(abs(layer.moving_variance - running_variance)).item(), 1e-14);
  layer.eval();
  const Tensor x = normal({5, 2}, 0.0, 1.0, g, float64), before = layer.moving_mean;
  const Tensor expected = (x - running_mean) / sqrt(running_variance + 1e-3);
  EXPECT_LE(max(abs(layer(x).value() - expected)).item(), 1e-14);
  EXPECT_TRUE(layer.moving_mean.shares_storage(before));
  layer.train();
  (void)layer(zeros({0, 2}, float64));  // no examples: nothing to follow
  EXPECT_TRUE(layer.moving_mean.shares_storage(before));
}

TEST(BatchNormalization, SavesItsStatisticsAndCountsThem) {
  Sequential model{Dense(3, 4), BatchNormalization(4)}, other{Dense(3, 4), BatchNormalization(4)};
  set_seed(1);
  (void)model(normal({20, 3}));
  const auto folder = std::filesystem::temp_directory_path() / "hourglass_batch_norm_test";
  std::filesystem::create_directories(folder);
  files::save((folder / "m.h5").string(), model);
  files::load((folder / "m.h5").string(), other);
  std::filesystem::remove_all(folder);
  model.eval(), other.eval();
  const Tensor x = normal({5, 3});
  EXPECT_EQ(max(abs(model(x).value() - other(x).value())).item(), 0.0);
  const std::string table = summary(model, {3});
  EXPECT_THAT(table, ::testing::HasSubstr("Total params: 32"));  // 3·4 + 4, and 4 for each of the 4 channels
  EXPECT_THAT(table, ::testing::HasSubstr("Non-trainable params: 8"));
}

TEST(Normalization, HasRightGradients) {
  Generator g(2);
  const auto random = [&](const Shape& s) { return normal(s, 0.0, 1.0, g, float64); };
  BatchNormalization batch(3, {.dtype = float64});
  const auto with_batch = [&](X v) {
    batch.gamma = v[1], batch.beta = v[2];
    return batch(v[0]);
  };
  EXPECT_GRADIENTS(with_batch, random({2, 2, 2, 3}), random({3}), random({3}));
  batch.eval();
  EXPECT_GRADIENTS([&](X v) { return square(batch(v[0])); }, random({4, 3}));
  LayerNormalization layer(5, {.dtype = float64});
  const auto with_layer = [&](X v) {
    layer.gamma = v[1], layer.beta = v[2];
    return layer(v[0]);
  };
  EXPECT_GRADIENTS(with_layer, random({3, 5}), random({5}), random({5}));
}

TEST(Normalization, SaysWhatDoesNotFit) {
  EXPECT_THROW_TEXT((void)BatchNormalization(3)(zeros({4, 5})), ShapeError,
                    "BatchNormalization(3, epsilon 0.001) expects 3 along the last of 2 axes or more, got an "
                    "input of shape "
                    "(4, 5); construct it with 5");
  EXPECT_THROW_TEXT((void)LayerNormalization(3)(zeros({4, 5})), ShapeError,
                    "LayerNormalization(3, epsilon 0.001) expects 3");
  EXPECT_THROW_TEXT(BatchNormalization(3, {.momentum = 1.5}), DataError,
                    "the momentum must be in [0, 1], got 1.5");
  EXPECT_THROW_TEXT(BatchNormalization(0), ShapeError, "needs at least one feature");
  EXPECT_THROW_TEXT(LayerNormalization(2, {.epsilon = 0.0}), DataError, "epsilon must be positive");
}

TEST(TiedDense, SharesTheKernel) {
  Dense encoder(4, 3, {.dtype = float64});
  TiedDense decoder(encoder, {.activation = sigmoid});
  EXPECT_EQ(decoder.describe(), "TiedDense(3 -> 4, tied, sigmoid)");
  Sequential both;
  both.add(std::move(encoder));
  both.add(std::move(decoder));
  EXPECT_EQ(parameter_count(both), 4 * 3 + 3 + 4);
  Generator g(3);
  auto& first = dynamic_cast<Dense&>(both[0]);
  auto& second = dynamic_cast<TiedDense&>(both[1]);
  const auto tied = [&](X v) {
    first.kernel = v[1], second.kernel = v[1];
    return both(v[0]);
  };
  EXPECT_GRADIENTS(tied, normal({2, 4}, 0, 1, g, float64), normal({4, 3}, 0, 1, g, float64));
  EXPECT_THROW_TEXT((void)both[1](zeros({2, 4}, float64)), ShapeError,
                    "TiedDense(3 -> 4, tied, sigmoid) expects 3");
}

TEST(Reparameterize, SamplesTheDistribution) {
  set_seed(5);
  Reparameterize sample;
  const Tensor z = sample(full({200000}, 1.5), full({200000}, std::log(4.0))).value();
  EXPECT_NEAR(mean(z).item(), 1.5, 0.02);
  EXPECT_NEAR(var(z).item(), 4.0, 0.05);
}

TEST(Reparameterize, HasRightGradientsAndNeverOverflows) {
  Generator g(6);
  EXPECT_GRADIENTS(
      [](X v) {
        set_seed(9);  // the same ε at every call
        Reparameterize sample;
        return square(sample(v[0], v[1]));
      },
      normal({3, 4}, 0, 1, g, float64), normal({3, 4}, 0, 1, g, float64));
  for (const double extreme : {-1e30, -1e3, 1e3, 1e30}) {
    const Variable centre = Variable::parameter(zeros({4})),
                   log_variance = Variable::parameter(full({4}, extreme));
    Reparameterize sample;
    backward(mean(sample(centre, log_variance)));
    EXPECT_TRUE(all_finite(log_variance.gradient()->value()));
    EXPECT_TRUE(all_finite(kl_to_standard_normal(centre, log_variance).value()));
  }
  EXPECT_THROW_TEXT((void)Reparameterize()(zeros({3, 4}), zeros({3, 5})), ShapeError,
                    "Reparameterize: mean (3, 4) and log variance (3, 5) must have the same shape");
}

TEST(Divergences, StayFiniteAndSayWhatDoesNotFit) {
  EXPECT_TRUE(all_finite(kl_bernoulli(0.05, tensor({0, 1})).value()));
  EXPECT_THROW_TEXT((void)kl_bernoulli(1.0, zeros({2})), DataError,
                    "kl_bernoulli: p must be in (0, 1), got 1");
  EXPECT_THROW_TEXT((void)kl_to_standard_normal(zeros({2, 3}), zeros({2, 4})), ShapeError,
                    "must have one shape");
}

}  // namespace
}  // namespace hourglass::nn
