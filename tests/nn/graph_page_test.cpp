// The code of docs/graphs.md, as written there.

#include <hourglass/hourglass.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hg = hourglass;

namespace {

hg::nn::Graph skip_autoencoder() {
  namespace nn = hg::nn;
  const auto image = nn::input({28, 28, 1}, {.name = "image"});
  const auto fine = image.then(nn::Conv2D(1, 8, {.kernel = {3, 3}, .padding = hg::Padding::same}));
  const auto coarse = fine.then(hg::relu)
                          .then(nn::MaxPool2D())
                          .then(nn::Conv2D(8, 8, {.kernel = {3, 3}, .padding = hg::Padding::same}))
                          .then({"code", nn::ReLU()})
                          .then(nn::UpSampling2D());
  const auto both = nn::concatenate({fine, coarse});
  const auto out = both.then({"pixels", nn::Conv2D(16, 1, {.kernel = {3, 3}, .padding = hg::Padding::same})});
  return nn::Graph({image}, {out.then(hg::sigmoid)});
}

TEST(GraphsPage, ASkip) {
  hg::nn::Graph model = skip_autoencoder();
  const hg::Tensor batch = hg::zeros({2, 28, 28, 1});
  const hg::Variable y = model(batch);
  EXPECT_EQ(y.shape(), (hg::Shape{2, 28, 28, 1}));
  EXPECT_THAT(hg::nn::summary(model), ::testing::HasSubstr("conv2d[0][0], up_sampling2d[0][0]"));
}

TEST(GraphsPage, OneLayerInTwoPlaces) {
  namespace nn = hg::nn;
  const auto a = nn::input({784}, {.name = "a"}), b = nn::input({784}, {.name = "b"});
  const nn::Part embed{"embed", nn::Dense(784, 32, {.activation = hg::tanh})};
  const auto left = a.then(embed), right = b.then(embed);
  const auto same = nn::dot(left, right, {.normalize = true});
  const auto apart = nn::merge(
      "distance", [](const hg::Variable& u, const hg::Variable& v) { return hg::abs(u - v); }, {left, right});
  nn::Graph model({a, b}, {same, apart});
  const hg::Tensor left_batch = hg::ones({5, 784}), right_batch = hg::zeros({5, 784});
  const std::vector<hg::Variable> y = model({left_batch, right_batch});
  EXPECT_EQ(y[0].shape(), (hg::Shape{5, 1}));
  EXPECT_EQ(y[1].shape(), (hg::Shape{5, 32}));
  EXPECT_EQ(hg::nn::parameter_count(model), 784 * 32 + 32);
}

TEST(GraphsPage, AWalk) {
  const hg::nn::Graph model = skip_autoencoder();
  std::string text;
  for (const hg::nn::GraphNode& node : model.nodes()) {
    text += node.name + ": " + (node.layer ? node.layer->type_name() : "input");
    for (const hg::nn::GraphEdge& from : node.inputs) {
      text += " <- " + model.nodes()[static_cast<std::size_t>(from.node)].name;
    }
    text += ", " + hg::nn::str(node.outputs[0].shape) + "\n";
  }
  EXPECT_THAT(text, ::testing::HasSubstr(
                        "concatenate: Concatenate <- conv2d <- up_sampling2d, (None, 28, 28, 16)\n"));
}

}  // namespace
