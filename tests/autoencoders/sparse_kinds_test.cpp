// What winners, auxiliary losses, masks, stacks and skips do.

#include "support/expect_error.h"

#include <hourglass/autoencoders/denoising.h>
#include <hourglass/autoencoders/masked.h>
#include <hourglass/autoencoders/stacked.h>
#include <hourglass/autoencoders/top_k.h>
#include <hourglass/autoencoders/unet.h>
#include <hourglass/autoencoders/winner_take_all.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/sort.h>
#include <hourglass/training/predict.h>

#include <gmock/gmock.h>

#include <algorithm>

namespace hourglass::autoencoders {
namespace {

double largest(const Tensor& x) { return max(abs(x)).item(); }

TEST(WinnerTakeAll, KeepsTheLargestOfEachUnitInTraining) {
  set_seed(1);
  WinnerTakeAllAutoencoder model({.features = 16, .latent = 8, .share = 0.25});
  const Tensor x = uniform({10, 16});
  const Tensor kept = model.encode(x).value();
  model.eval();
  const Tensor all = model.encode(x).value();
  for (std::int64_t j = 0; j < 8; ++j) {  // ⌈0.25 · 10⌉ = 3 winners
    const Tensor unit = sort(slice(all, 1, {j, j + 1}), 0);
    for (std::int64_t i = 0; i < 10; ++i) {
      const double h = all[i][j].item(), least = unit[7][0].item();
      EXPECT_EQ(kept[i][j].item(), h >= least ? h : 0.0);
    }
  }
  EXPECT_THROW_TEXT(WinnerTakeAllAutoencoder({.share = 0.0}), DataError, "must be in (0, 1], got 0");
}

TEST(TopK, DeadUnitsLearnWhatIsLeftOver) {
  set_seed(2);
  TopKAutoencoder model(
      {.features = 6, .latent = 10, .k = 2, .k_aux = 3, .dead_after = 20, .dtype = float64});
  const Tensor x = normal({5, 6}, 0.0, 1.0, default_generator(), float64);
  EXPECT_EQ(model.loss(x).part("auxiliary"), nullptr);
  EXPECT_LT(largest(sum(square(model.decoder.kernel.value()), 1) - 1.0), 1e-12);
  for (int i = 0; i < 4; ++i) (void)model.loss(x);
  const std::int64_t dead = model.dead_units();
  ASSERT_GT(dead, 0);
  ASSERT_LT(dead, 10);
  const Loss loss = model.loss(x);
  ASSERT_NE(loss.part("auxiliary"), nullptr);
  // By hand: of the dead units the largest, in directions of the decoder, against what is left.
  const Tensor z = model.encoder(x - *model.decoder.bias).value();
  const Tensor rest = x - model.reconstruct(x).value();
  const std::int64_t aux = std::min<std::int64_t>(3, dead);
  double expected = 0.0;
  for (std::int64_t n = 0; n < 5; ++n) {
    std::vector<std::pair<double, std::int64_t>> of_dead;
    for (std::int64_t j = 0; j < 10; ++j)
      if (model.silent_for[j].item() >= 20.0) of_dead.emplace_back(-z[n][j].item(), j);
    std::sort(of_dead.begin(), of_dead.end());
    Tensor made = zeros({6}, float64);
    for (std::int64_t i = 0; i < aux; ++i)
      made = made - model.decoder.kernel.value()[of_dead[static_cast<std::size_t>(i)].second] *
                        of_dead[static_cast<std::size_t>(i)].first;
    made = made + model.decoder.bias->value() * 0.0;
    expected += sum(square(made - rest[n])).item() / 30.0;
  }
  EXPECT_NEAR(loss.part("auxiliary")->item(), expected, 1e-12);
  EXPECT_THROW_TEXT(TopKAutoencoder({.latent = 10, .k = 11}), ShapeError, "must be 1 to the 10 units");
}

TEST(Masked, HidesSoManyPatchesAndSeesNothingOfThem) {
  set_seed(3);
  MaskedAutoencoder model({.hidden = {32}, .latent = 16});
  const Tensor mask = model.draw_mask(6);
  for (std::int64_t i = 0; i < 6; ++i) EXPECT_EQ(sum(mask[i]).item(), 37.0 * 16.0);  // of 49 patches
  const Tensor first = reshape(mask[0], {7, 4, 7, 4});
  EXPECT_EQ(largest(first - broadcast_to(max(first, {1, 3}, {.keepdims = true}), first.shape())), 0.0);
  const Tensor x = uniform({6, 784}), other = x * (1.0 - mask) + uniform({6, 784}) * mask;
  EXPECT_EQ(largest(model.restore(x, mask).value() - model.restore(other, mask).value()), 0.0);
  EXPECT_NE(largest(model.draw_mask(6) - mask), 0.0);
  EXPECT_THROW_TEXT(MaskedAutoencoder({.patch = 5}), ShapeError,
                    "patches of 5 do not fill images of 28 x 28");
  EXPECT_THROW_TEXT(MaskedAutoencoder({.hidden_share = 0.0}), DataError, "hide one patch of 49");
}

std::unique_ptr<optim::Optimizer> adam() {
  return std::make_unique<optim::Adam>(optim::AdamOptions{.learning_rate = 1e-2});
}

// Layer by layer by hand, in the same order of random numbers.
TEST(Stacked, PretrainsEachLayerOnTheCodesBelow) {
  set_seed(4);
  StackedDenoisingAutoencoder model({.features = 16, .hidden = {12}, .latent = 8});
  const Tensor x = uniform({96, 16});
  const data::BatchOptions batches{.batch_size = 32, .shuffle = true};
  const training::FitOptions quiet{.epochs = 4, .verbose = training::Verbose::silent};
  set_seed(5);
  const auto histories = model.pretrain(adam, x, batches, quiet);
  ASSERT_EQ(histories.size(), 2U);
  EXPECT_LT(histories[0].epochs.back().loss, histories[0].epochs.front().loss);

  set_seed(4);
  StackedDenoisingAutoencoder other({.features = 16, .hidden = {12}, .latent = 8});
  set_seed(5);
  DenoisingAutoencoder outer({other.encoder.range(0, 1), other.decoder.range(1, 2)},
                             {.corruption = other.options().corruption});
  const auto fit = [&](DenoisingAutoencoder& layer, const Tensor& data) {
    const auto optimizer = adam();
    (void)training::fit(
        layer, *optimizer, [&](const data::Batch& b) -> Variable { return layer.loss(b.x); },
        data::Batches(data, batches), quiet);
  };
  fit(outer, x);
  DenoisingAutoencoder inner({other.encoder.range(1, 2), other.decoder.range(0, 1)},
                             {.corruption = other.options().corruption, .loss = ReconstructionLoss::mse});
  fit(inner, training::predict(outer.encoder, x));
  EXPECT_EQ(files::weights_sha256(model), files::weights_sha256(other));
  StackedDenoisingAutoencoder uneven(
      Halves{nn::Sequential{nn::Dense(16, 8), nn::Dense(8, 4)}, nn::Sequential{nn::Dense(4, 16)}});
  EXPECT_THROW_TEXT((void)uneven.pretrain(adam, x, batches, quiet), DataError,
                    "the encoder has 2 layers, the decoder 1");
}

TEST(UNet, SeesEachSizeBesideWhatComesUp) {
  set_seed(5);
  UNetAutoencoder model({.filters = 4});
  EXPECT_EQ(model.encode(zeros({2, 784})).shape(), (Shape{2, 784 * 4 + 196 * 8 + 49 * 16}));
  EXPECT_EQ(model.reconstruct(zeros({2, 784})).shape(), (Shape{2, 784}));
  // A pixel reaches its own place by the skip alone: the coarse maps cut off, it still does.
  const Tensor x = uniform({1, 784});
  Tensor code = model.encode(x).value().clone();
  Tensor without =
      concat({zeros({1, 196 * 8 + 49 * 16}), slice(code, 1, {196 * 8 + 49 * 16, code.shape(1)})}, 1);
  EXPECT_NE(largest(model.decode(without).value() - model.decode(zeros_like(code)).value()), 0.0);
  EXPECT_THROW_TEXT(UNetAutoencoder({.image = {27, 28}}), ShapeError,
                    "UNetAutoencoder: height and width must be multiples of 4");
}

}  // namespace
}  // namespace hourglass::autoencoders
