// Graphs of layers as halves of an autoencoder.

#include <hourglass/autoencoders/basic.h>
#include <hourglass/files/model.h>
#include <hourglass/nn/graph.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/random.h>

#include <gtest/gtest.h>

#include <filesystem>

namespace hourglass::autoencoders {
namespace {

// A skip around a hidden layer.
nn::Graph with_skip(std::int64_t in, std::int64_t out) {
  const auto x = nn::input({in});
  const auto h = x.then(nn::Dense(in, 8, {.activation = relu}));
  return nn::Graph({x}, {nn::concatenate({h, x}).then(nn::Dense(8 + in, out))});
}

TEST(GraphHalves, TrainAndComeBackFromAFile) {
  set_seed(11);
  BasicAutoencoder model(Halves{nn::Sequential(with_skip(6, 2)), nn::Sequential(with_skip(2, 6)), 2},
                         {.features = 6, .latent = 2});
  const Tensor x = uniform({64, 6}, 0.0, 1.0);
  const auto optimizer = optim::make("adam", {{"learning_rate", 0.01}});
  const double before = model.loss(x).total.item();
  for (int i = 0; i < 100; ++i) optimizer->minimize(model.loss(x).total, nn::parameters(model));
  EXPECT_LT(model.loss(x).total.item(), 0.5 * before);

  const std::string path = (std::filesystem::path(::testing::TempDir()) / "graph_halves.h5").string();
  files::save_model(path, model, {.optimizer = optimizer.get()});
  const auto loaded = files::load_model<Autoencoder>(path);
  std::filesystem::remove(path);
  EXPECT_EQ(loaded->loss(x).total.item(), model.loss(x).total.item());
  EXPECT_EQ(nn::parameters(*loaded).front().name, "encoder.0.dense.kernel");
}

}  // namespace
}  // namespace hourglass::autoencoders
