#include "support/expect_error.h"

#include <gmock/gmock.h>
#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/autoencoders/pictures.h>
#include <hourglass/autoencoders/sparse.h>
#include <hourglass/data/dataset.h>
#include <hourglass/data/png.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/fit.h>
#include <unistd.h>

#include <filesystem>

namespace hourglass::autoencoders {
namespace {

std::string temporary(const std::string& name) {
  return (std::filesystem::temp_directory_path() / (std::to_string(getpid()) + name)).string();
}

TEST(Evaluation, IsTheMeanOverAllFeatures) {
  const data::Batches images(tensor({{0, 0}, {0, 0}, {0, 0}}), {.batch_size = 2});  // the last batch is short
  double next = 1.0;
  const double mse = reconstruction_mse([&](const Tensor& x) { return full_like(x, next++); }, images);
  EXPECT_DOUBLE_EQ(mse, (4 * 1.0 + 2 * 4.0) / 6);
  EXPECT_THROW_TEXT((void)reconstruction_mse(
                        [](const Tensor&) {
                          return zeros({1, 2});
                        },
                        images),
                    ShapeError,
                    "reconstruction_mse: examples (2, 2) were reconstructed as (1, 2); Batches with ");
  EXPECT_THROW_TEXT((void)reconstruction_mse([](const Tensor& x) { return x; }, data::Batches(zeros({0, 2}))),
                    DataError,
                    "reconstruction_mse: the data give no batch: 0 examples in batches of 32; at least one");
}

TEST(Evaluation, IsInEvaluationMode) {
  nn::Dropout dropout(0.5);
  const data::Batches images(ones({10, 10}));
  EXPECT_EQ(reconstruction_mse(dropout, images), 0.0);
  EXPECT_TRUE(dropout.is_training());
}

TEST(Evaluation, HashesTheBitsForAnyNumberOfThreads) {
  const int before = num_threads();
  BasicAutoencoder model;
  const data::Batches images(uniform({600, 784}), {.batch_size = 500});
  set_num_threads(1);
  const std::string hash = reconstruction_sha256(model, images);
  set_num_threads(3);
  EXPECT_EQ(reconstruction_sha256(model, images), hash);
  set_num_threads(before);
  model.decoder[0].train();
  BasicAutoencoder other;
  EXPECT_NE(reconstruction_sha256(other, images), hash);
}

TEST(Baselines, TakeFewImages) {
  const data::Batches one(tensor({{0.25, 0.5, 1.0}}));
  const Baselines baselines(one);
  EXPECT_NEAR(baselines.mean_mse(one), 0.0, 1e-12);
  EXPECT_NEAR(baselines.pca_mse(one, 3), 0.0, 1e-12);
  EXPECT_THROW_TEXT(Baselines(data::Batches(zeros({0, 3}))), DataError,
                    "Baselines: the data give no batch: 0 examples");
}

TEST(BasicAutoencoder, BeatsTheMeanImageOnStrokes) {
  set_seed(1);
  const data::DataSplit digits = data::strokes({.train = 2000, .test = 200});
  const data::Batches train(digits.train.images, {.batch_size = 20, .shuffle = true}),
      test(digits.test.images);
  const Baselines baselines(train);
  for (const ReconstructionLoss loss : {ReconstructionLoss::mse, ReconstructionLoss::bce}) {
    for (const std::vector<std::int64_t>& hidden : {std::vector<std::int64_t>{}, {128}}) {
      BasicAutoencoder model({.hidden = hidden, .latent = 32, .loss = loss});
      optim::Adam adam({.learning_rate = 2e-3});
      (void)training::fit(model, adam, [&](const data::Batch& b) { return model.loss(b.x); }, train,
                          {.epochs = 4, .verbose = training::Verbose::silent});
      EXPECT_LT(reconstruction_mse(model, test), 0.7 * baselines.mean_mse(test));
      EXPECT_EQ(Node::live_ops(), 0);
    }
  }
}

TEST(Pictures, ShowOneOfEachKindFirst) {
  const Tensor labels = tensor({2, 2, 0, 1, 2, 0}, int64);
  EXPECT_EQ(one_of_each(labels, 4).str(), "[2 3 0 5]");
  EXPECT_EQ(one_of_each(labels, 100).size(), 6);
  EXPECT_EQ(one_of_each(zeros({0}, int64), 3).size(), 0);
  EXPECT_THROW_TEXT((void)one_of_each(zeros({3}), 3), DTypeError,
                    "labels must be int64, got float32; convert them with y.to(hg::int64)");
}

TEST(Pictures, PutOriginalsAboveReconstructions) {
  const std::string path = temporary("rows.png");
  save_rows(path, {zeros({3, 2, 4}), ones({3, 2, 4})}, 2);  // two bands: two columns, then one
  const Tensor picture = data::read_png(path);
  EXPECT_EQ(picture.shape(), (Shape{2 + 4 * (4 + 2), 2 + 2 * (8 + 2)}));
  const auto pixel = [&](std::int64_t row, std::int64_t column) {
    return picture[2 + row * 6][2 + column * 10].item();
  };
  EXPECT_EQ(pixel(0, 1), 0.0);
  EXPECT_EQ(pixel(1, 1), 255.0);
  EXPECT_EQ(pixel(2, 0), 0.0);
  EXPECT_EQ(pixel(3, 0), 255.0);
  EXPECT_EQ(pixel(3, 1), 0.0);  // nothing is there
  std::filesystem::remove(path);
  EXPECT_THROW_TEXT(save_rows(path, {zeros({3, 2, 2}), zeros({2, 2, 2})}), ShapeError,
                    "of one shape, got (3, 2, 2) and (2, 2, 2); reshape(x, {N, H, W}) makes images");
}

TEST(Pictures, ShowWeightsAroundMidGrey) {
  const std::string path = temporary("features.png");
  save_features(path, tensor({{1, 0}, {-1, 0}, {0.5, 0}, {0, 4}}), {2, 2}, 10);
  const Tensor picture = data::read_png(path);
  EXPECT_EQ(picture[2][2].item(), 255.0);
  EXPECT_EQ(picture[2][4].item(), 0.0);
  EXPECT_EQ(picture[4][4].item(), 128.0);
  std::filesystem::remove(path);
  EXPECT_THROW_TEXT(save_features(path, zeros({5, 2}), {2, 2}), ShapeError,
                    "a kernel (5, 2) does not hold images of shape (2, 2); it must be (H*W, units)");
}

TEST(EvaluateLoss, GivesTheMeanOfEachPartByName) {
  set_seed(3);
  SparseAutoencoder model({.features = 6, .latent = 9, .strength = 0.25});
  const Tensor x = uniform({10, 6});
  const LossValues in_parts = evaluate_loss(model, data::Batches(x, {.batch_size = 4}));
  const Loss at_once = model.loss(x);
  EXPECT_NEAR(in_parts.total, at_once.total.item(), 1e-6);
  EXPECT_NEAR(in_parts.part("sparsity"), at_once.part("sparsity")->item(), 1e-6);
  EXPECT_EQ(in_parts.parts.at(0).weight, 0.25);
  EXPECT_THROW_TEXT((void)in_parts.part("kl"), DataError,
                    "the loss has no part \"kl\"; its parts are: sparsity");
  BasicAutoencoder plain({.features = 6});
  EXPECT_THROW_TEXT((void)evaluate_loss(plain, data::Batches(x)).part("kl"), DataError,
                    "its parts are: none but the reconstruction");
}

}  // namespace
}  // namespace hourglass::autoencoders
