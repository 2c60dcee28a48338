#include "support/expect_error.h"
#include "support/folder.h"

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/reconstruction_pictures.h>
#include <hourglass/data/png.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/fit.h>

#include <gmock/gmock.h>

#include <filesystem>

namespace hourglass::autoencoders {
namespace {

TEST(ReconstructionPictures, ShowExamplesAboveWhatTheModelMakesOfThem) {
  const Folder folder("reconstruction_pictures");
  BasicAutoencoder model(Halves{nn::Sequential{nn::Dense(6, 2)}, nn::Sequential{nn::Dense(2, 6)}});
  optim::SGD sgd;
  const Tensor x = ones({4, 6});
  training::Pictures pictures =
      reconstruction_pictures(model, x, folder / "new", {.every = 2, .image = {2, 3}, .columns = 3});
  const data::Batches train(uniform({8, 6}));
  (void)training::fit(model, sgd, [&](const data::Batch& b) { return model.loss(b.x); }, train,
                      {.epochs = 5, .callbacks = {&pictures}, .verbose = training::Verbose::silent});
  EXPECT_FALSE(std::filesystem::exists(folder / "new/epoch_0001.png"));
  EXPECT_TRUE(std::filesystem::exists(folder / "new/epoch_0004.png"));
  // Pixels of 2 x 2, gaps of 2: four rows of three images.
  const Tensor picture = data::read_png(folder / "new/epoch_0002.png");
  EXPECT_EQ(picture.shape(), (Shape{2 + 4 * (4 + 2), 2 + 3 * (6 + 2)}));
  EXPECT_EQ(picture[2][2].item(), 255.0);
}

TEST(ReconstructionPictures, SayWhatDoesNotFit) {
  BasicAutoencoder model({.features = 6, .latent = 2});
  EXPECT_THROW_TEXT((void)reconstruction_pictures(model, ones({4, 6}), "x"), ShapeError,
                    "needs examples (N, H·W) of images (H, W), got (4, 6) and (28, 28)");
  EXPECT_THROW_TEXT((void)reconstruction_pictures(model, ones({4, 6}), "x", {.image = {2, 3}, .columns = 0}),
                    DataError, "columns must be at least 1");
}

}  // namespace
}  // namespace hourglass::autoencoders
