// The network of README.md, as it stands there.

#include <hourglass/hourglass.h>

namespace hg = hourglass;

struct Autoencoder : hg::nn::Layer {
  hg::nn::Dense encoder{784, 64, {.activation = hg::relu}};
  hg::nn::Dense decoder{64, 784, {.activation = hg::sigmoid}};

  hg::Variable forward(const hg::Variable& x) override { return decoder(encoder(x)); }
  void visit(hg::nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }
};

#include <gtest/gtest.h>

TEST(Readme, ShowsANetwork) {
  Autoencoder model;
  EXPECT_EQ(model(hg::zeros({2, 784})).shape(), (hg::Shape{2, 784}));
  EXPECT_EQ(hg::nn::parameters(model).size(), 4U);
}
