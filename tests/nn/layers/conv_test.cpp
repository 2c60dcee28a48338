// Convolutional layers: shapes, names, gradients, errors as a reader meets them.

#include "support/expect_error.h"
#include "support/gradients.h"

#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/nn/summary.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>

#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>

namespace hourglass::nn {
namespace {

Shape through(Layer& layer, const Shape& input) {
  return no_grad([&] { return layer(zeros(input)); }).shape();
}

Shape through(Layer&& layer, const Shape& input) { return through(layer, input); }

TEST(Conv2D, HasTheShapesOfKeras) {
  EXPECT_EQ(through(Conv2D(1, 8), {2, 28, 28, 1}), (Shape{2, 26, 26, 8}));
  EXPECT_EQ(through(Conv2D(1, 8, {.stride = 2, .padding = Padding::same}), {2, 27, 28, 1}),
            (Shape{2, 14, 14, 8}));
  EXPECT_EQ(through(Conv2D(3, 6, {.kernel = {3, 5}, .groups = 3}), {1, 9, 9, 3}), (Shape{1, 7, 5, 6}));
  EXPECT_EQ(through(Conv2D(2, 4, {.padding = 1, .dilation = 2}), {1, 9, 9, 2}), (Shape{1, 7, 7, 4}));
  EXPECT_EQ(through(Conv1D(3, 5, {.kernel = 4, .stride = 2, .padding = Padding::same}), {2, 9, 3}),
            (Shape{2, 5, 5}));
  EXPECT_EQ(through(DepthwiseConv2D(3, {.depth_multiplier = 2}), {1, 5, 5, 3}), (Shape{1, 3, 3, 6}));
  EXPECT_EQ(through(Conv2D(1, 8), {0, 28, 28, 1}), (Shape{0, 26, 26, 8}));
}

std::int64_t transposed_length(std::int64_t n, const ConvTranspose2DOptions& options) {
  const Shape y = through(ConvTranspose2D(1, 2, options), {1, n, n, 1});
  EXPECT_EQ(y, (Shape{1, y[1], y[1], 2}));
  return y[1];
}

TEST(ConvTranspose2D, HasTheShapesOfKeras) {
  for (std::int64_t n = 1; n < 6; ++n) {
    for (std::int64_t k = 1; k < 6; ++k) {
      for (std::int64_t s = 1; s < 4; ++s) {
        EXPECT_EQ(transposed_length(n, {.kernel = k, .stride = s, .padding = Padding::same}), n * s);
        EXPECT_EQ(transposed_length(n, {.kernel = k, .stride = s}), n * s + std::max<std::int64_t>(k - s, 0));
      }
    }
  }
  const auto with_more = [](std::int64_t n, std::int64_t k, Padding padding, std::int64_t more) {
    return transposed_length(n, {.kernel = k, .stride = 2, .padding = padding, .output_padding = more});
  };
  EXPECT_EQ(with_more(7, 3, Padding::same, 0), 13);
  EXPECT_EQ(with_more(7, 3, Padding::same, 1), 14);
  EXPECT_EQ(with_more(7, 3, Padding::valid, 0), 15);
  EXPECT_EQ(with_more(7, 3, Padding::valid, 1), 16);
  EXPECT_EQ(transposed_length(5, {.kernel = 2, .stride = 2, .dilation = 2}), 11);
}

// With same padding it is the adjoint of the Conv2D that has same padding on the larger image.
TEST(ConvTranspose2D, TurnsAConvolutionAround) {
  Generator g(4);
  const Tensor small = normal({1, 4, 5, 3}, 0, 1, g, float64),
               large = normal({1, 8, 10, 2}, 0, 1, g, float64);
  ConvTranspose2D layer(3, 2, {.stride = 2, .padding = Padding::same, .dtype = float64});
  const Variable up = layer(small);
  const Tensor down = conv2d(large, layer.kernel.value(), nullptr, {.stride = 2, .padding = Padding::same});
  EXPECT_NEAR(sum(up.value() * large).item(), sum(small * down).item(), 1e-12);
}

TEST(ConvLayers, HaveRightGradients) {
  Generator g(6);
  const auto random = [&](const Shape& shape) { return normal(shape, 0.0, 0.5, g, float64); };
  const auto check = [&](auto&& layer, const Shape& input) {
    const auto with = [&](const std::vector<Variable>& v) {
      layer.kernel = v[1], layer.bias = v[2];
      return layer(v[0]);
    };
    EXPECT_GRADIENTS(with, random(input), random(layer.kernel.shape()), random(layer.bias->shape()));
  };
  check(Conv2D(2, 3, {.stride = 2, .padding = Padding::same, .activation = tanh, .dtype = float64}),
        {2, 5, 4, 2});
  check(Conv2D(1, 3, {.activation = softplus, .dtype = float64}), {2, 4, 4, 1});
  check(Conv1D(2, 3, {.stride = 2, .activation = sigmoid, .dtype = float64}), {2, 7, 2});
  check(ConvTranspose2D(2, 3, {.stride = 2, .padding = Padding::same, .activation = tanh, .dtype = float64}),
        {2, 3, 3, 2});
  check(ConvTranspose2D(2, 1, {.kernel = 2, .stride = 3, .dtype = float64}), {1, 2, 3, 2});
  check(DepthwiseConv2D(3, {.depth_multiplier = 2, .dtype = float64}), {1, 4, 4, 3});
  check(DepthwiseConv2D(3, {.stride = 2, .padding = Padding::same, .dtype = float64}), {1, 5, 4, 3});
}

TEST(ConvLayers, SayWhatTheyAre) {
  EXPECT_EQ(Conv2D(1, 8, {.stride = 2, .padding = Padding::same, .activation = relu}).describe(),
            "Conv2D(1 -> 8, kernel 3x3, stride 2, same, relu)");
  EXPECT_EQ(Conv2D(4, 8, {.kernel = {1, 3}, .padding = 1, .dilation = 2, .groups = 2}).describe(),
            "Conv2D(4 -> 8, kernel 1x3, dilation 2, groups 2, padding 1)");
  EXPECT_EQ(ConvTranspose2D(8, 1, {.stride = {2, 1}, .output_padding = {{1, 0}}}).describe(),
            "ConvTranspose2D(8 -> 1, kernel 3x3, stride 2x1, output padding 1x0)");
  EXPECT_EQ(Conv1D(3, 5, {.kernel = 4, .stride = 2}).describe(), "Conv1D(3 -> 5, kernel 4, stride 2)");
  EXPECT_EQ(DepthwiseConv2D(3, {.depth_multiplier = 2}).describe(), "DepthwiseConv2D(3 -> 6, kernel 3x3)");
}

struct Net final : Layer {
  Sequential encoder{Conv2D(1, 8, {.padding = Padding::same}), Conv2D(8, 4)};
  Variable forward(const Variable& x) override { return encoder(x); }
  void visit(Visitor& v) override { v("encoder", encoder); }
};

TEST(ConvLayers, NameThemselvesInErrors) {
  Net net;
  EXPECT_THROW_TEXT(
      (void)net(zeros({64, 28, 28, 3})), ShapeError,
      "Conv2D(1 -> 8, kernel 3x3, same) expects images (N, H, W, 1), but the input (64, 28, 28, 3) "
      "has 3 channels; make the layer's first argument 3\n"
      "  in Conv2D \"encoder.0\" (1 -> 8, kernel 3x3, same)");
  EXPECT_THROW_TEXT((void)net(zeros({64, 784})), ShapeError,
                    "got an input of shape (64, 784): these are rows of features, as data::Batches makes");
  EXPECT_THROW_TEXT((void)net(zeros({64, 2, 2, 1})), ShapeError,
                    "conv2d: a kernel of 3 rows is larger than the input (64, 2, 2, 8), which has 2");
  EXPECT_THROW_TEXT((void)net(zeros({1, 9, 9, 1}, float64)), DTypeError,
                    "the kernel is float32, but the input");
  EXPECT_THROW_TEXT((void)Conv1D(3, 4)(zeros({1, 9, 2})), ShapeError, "make the layer's first argument 2");
  EXPECT_THROW_TEXT(Conv2D(0, 4), ShapeError, "Conv2D: needs at least one input and one output channel");
  EXPECT_THROW_TEXT(Conv2D(3, 4, {.groups = 2}), ShapeError, "3 -> 4 channels cannot be split into 2 groups");
  EXPECT_THROW_TEXT(Conv2D(3, 4, {.kernel = {3, 0}}), ShapeError, "must have at least one row and column");
  EXPECT_THROW_TEXT(ConvTranspose2D(3, 4, {.padding = 1}), ShapeError, "the padding must be valid or same");
  EXPECT_THROW_TEXT(ConvTranspose2D(3, 4, {.stride = 2, .output_padding = 2}), ShapeError,
                    "output_padding (2, 2) must be at least 0 and below the stride (2, 2)");
}

TEST(ConvLayers, StandInSummaryAndFiles) {
  Net net;
  const std::string table = summary(net, {28, 28, 1});
  EXPECT_THAT(table, ::testing::HasSubstr("(None, 28, 28, 8)"));
  EXPECT_THAT(table, ::testing::HasSubstr("Total params: 372"));  // 3·3·1·8 + 8 + 3·3·8·4 + 4
  const auto folder = std::filesystem::temp_directory_path() / "hourglass_conv_test";
  std::filesystem::create_directories(folder);
  files::save((folder / "net.h5").string(), net);
  Net other;
  files::load((folder / "net.h5").string(), other);
  EXPECT_EQ(files::weights_sha256(net), files::weights_sha256(other));
  std::filesystem::remove_all(folder);
}

// Glorot's fans count the places of the kernel.
TEST(ConvLayers, AreInitialisedAsInKeras) {
  const Conv2D layer(16, 32);
  const double limit = std::sqrt(6.0 / (9 * 16 + 9 * 32));
  const double largest = max(abs(layer.kernel.value())).item();
  EXPECT_LE(largest, limit);
  EXPECT_GE(largest, 0.98 * limit);
}

}  // namespace
}  // namespace hourglass::nn
