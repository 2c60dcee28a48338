// The three faces of convolution against their definition, over a grid of odd shapes.

#include "support/conv_definition.h"
#include "support/expect_error.h"

#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

namespace hourglass {
namespace {

using testing::conv2d_by_definition;
using testing::conv2d_input_grad_by_definition;
using testing::conv2d_kernel_grad_by_definition;

struct Case {
  std::int64_t batch;
  Extent2 image, kernel;
  std::int64_t channels, width;
  Conv2DOptions options{};
};

std::string text(const Case& c) {
  const auto& p = c.options.padding;
  return "image (" + std::to_string(c.batch) + ", " + std::to_string(c.image.rows) + ", " +
         std::to_string(c.image.columns) + ", " + std::to_string(c.channels) + ") kernel " +
         std::to_string(c.kernel.rows) + "x" + std::to_string(c.kernel.columns) + " -> " +
         std::to_string(c.width) + " stride " + std::to_string(c.options.stride.rows) + "x" +
         std::to_string(c.options.stride.columns) + " dilation " + std::to_string(c.options.dilation.rows) +
         " groups " + std::to_string(c.options.groups) + " padding " +
         std::to_string(static_cast<int>(p.kind)) + " " + std::to_string(p.top);
}

std::vector<Case> grid() {
  std::vector<Case> out;
  for (const Padding& padding : {Padding::valid, Padding::same, Padding(1, 0, 2, 1)})
    for (const std::int64_t kernel : {1, 2, 3, 4, 5})
      for (const std::int64_t stride : {1, 2, 3})
        for (const std::int64_t dilation : {1, 2})
          out.push_back(
              {2, {11, 10}, kernel, 3, 4, {.stride = stride, .padding = padding, .dilation = dilation}});
  for (const std::int64_t channels : {1, 2, 7, 16, 17, 33})
    for (const std::int64_t width : {1, 3, 16, 17, 40})
      for (const std::int64_t stride : {1, 2})
        out.push_back({2, {9, 7}, {3, 2}, channels, width, {.stride = stride, .padding = Padding::same}});
  for (const std::int64_t groups : {2, 3, 6})
    for (const std::int64_t stride : {1, 2})
      out.push_back({2, {7, 6}, 3, 6, 12, {.stride = stride, .padding = Padding::same, .groups = groups}});
  out.push_back({3, {8, 8}, {3, 3}, 5, 5, {.stride = {1, 2}, .padding = Padding::same, .groups = 5}});
  out.push_back({2, {8, 9}, 3, 19, 19, {.stride = 2, .padding = Padding::same, .dilation = 2, .groups = 19}});
  out.push_back({2, {5, 6}, 3, 4, 8, {.padding = Padding::same, .groups = 4}});
  out.push_back({0, {6, 5}, 3, 2, 3});
  out.push_back({1, {6, 5}, {6, 5}, 2, 3});
  out.push_back({1, {4, 4}, 2, 2, 3, {.stride = 3}});
  out.push_back({1, {1, 90}, {1, 5}, 1, 1, {.padding = Padding::same}});
  out.push_back({1, {3, 200}, {2, 3}, 2, 1, {.stride = {1, 3}}});
  out.push_back({40, {14, 14}, 3, 16, 8, {.padding = Padding::same}});
  out.push_back({3, {5, 5}, 2, 3, 2, {.padding = 3}});
  return out;
}

double difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape(), b.shape());
  if (a.size() == 0) return 0.0;
  const Tensor x = a.to(float64);
  return max(abs(x - b)).item() / std::max(1.0, max(abs(b)).item());
}

struct Example {
  Tensor x, w, y;
  Conv2DOptions options;
};

Example example(const Case& c, DType dtype) {
  Generator g(11);
  Example e;
  e.options = with_explicit_padding(c.options, c.image, c.kernel);
  e.x = normal({c.batch, c.image.rows, c.image.columns, c.channels}, 0, 1, g, dtype);
  e.w = normal({c.kernel.rows, c.kernel.columns, c.channels / c.options.groups, c.width}, 0, 1, g, dtype);
  e.y = normal(conv2d(e.x, e.w, nullptr, c.options).shape(), 0, 1, g, dtype);
  return e;
}

TEST(Conv2d, ThreeFacesAreTheDefinition) {
  for (const DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 2e-5 : 1e-12;
    for (const Case& c : grid()) {
      SCOPED_TRACE(text(c));
      const Example e = example(c, dtype);
      EXPECT_LE(difference(conv2d(e.x, e.w, nullptr, c.options), conv2d_by_definition(e.x, e.w, e.options)),
                tolerance);
      EXPECT_LE(difference(conv2d_input_grad(e.y, e.w, c.image, c.options),
                           conv2d_input_grad_by_definition(e.y, e.w, c.image, e.options)),
                tolerance);
      EXPECT_LE(difference(conv2d_kernel_grad(e.x, e.y, c.kernel, c.options),
                           conv2d_kernel_grad_by_definition(e.x, e.y, c.kernel, e.options)),
                tolerance);
    }
  }
}

TEST(Conv2d, FacesAreAdjoint) {
  for (const Case& c : grid()) {
    SCOPED_TRACE(text(c));
    const Example e = example(c, float64);
    const double of_y = sum(e.y * conv2d(e.x, e.w, nullptr, c.options)).item();
    const double tolerance = 1e-11 * std::max(1.0, std::abs(of_y));
    EXPECT_NEAR(sum(e.x * conv2d_input_grad(e.y, e.w, c.image, c.options)).item(), of_y, tolerance);
    EXPECT_NEAR(sum(e.w * conv2d_kernel_grad(e.x, e.y, c.kernel, c.options)).item(), of_y, tolerance);
  }
}

TEST(Conv2d, BiasAndActivationAreFused) {
  for (const std::int64_t channels : {1, 3}) {
    for (const std::int64_t width : {1, 4}) {
      const Example e =
          example({2, {6, 5}, 3, channels, width, {.stride = 2, .padding = Padding::same}}, float64);
      const Tensor b = linspace(-1.0, 1.0, width, float64), of_image = linspace(-1.0, 1.0, channels, float64);
      EXPECT_LE(difference(conv2d(e.x, e.w, &b, e.options, Epilogue::relu),
                           maximum(conv2d_by_definition(e.x, e.w, e.options) + b, 0.0)),
                1e-12);
      EXPECT_LE(difference(conv2d_input_grad(e.y, e.w, {6, 5}, e.options, &of_image, Epilogue::tanh),
                           tanh(conv2d_input_grad_by_definition(e.y, e.w, {6, 5}, e.options) + of_image)),
                1e-12);
    }
  }
}

TEST(Conv2d, TakesStridedViews) {
  Generator g(3);
  const Tensor x = permute(normal({2, 3, 6, 7}, 0, 1, g, float64), {0, 2, 3, 1});
  const Tensor w = transpose(normal({3, 3, 4, 3}, 0, 1, g, float64));
  EXPECT_LE(difference(conv2d(x, w), conv2d_by_definition(x, w, {})), 1e-12);
}

TEST(Conv2d, SamePaddingIsThatOfKeras) {
  const auto shape = [](std::int64_t extent, std::int64_t kernel, std::int64_t stride) {
    return conv2d(zeros({1, extent, extent, 1}), zeros({kernel, kernel, 1, 1}), nullptr,
                  {.stride = stride, .padding = Padding::same})
        .shape(1);
  };
  for (std::int64_t extent = 1; extent < 9; ++extent)
    for (std::int64_t kernel = 1; kernel < 6; ++kernel)
      for (std::int64_t stride = 1; stride < 4; ++stride)
        EXPECT_EQ(shape(extent, kernel, stride), (extent + stride - 1) / stride);
  const Conv2DOptions even = with_explicit_padding({.stride = 2, .padding = Padding::same}, {28, 28}, {3, 3});
  EXPECT_EQ(even.padding, Padding(0, 1, 0, 1));  // the odd zero at the end
}

TEST(Conv2d, SameBitsForAnyNumberOfThreads) {
  const int before = num_threads();
  for (const Case& c : {Case{9, {14, 14}, 3, 16, 24, {.stride = 2, .padding = Padding::same}},
                        Case{9, {28, 28}, 3, 1, 32, {.padding = Padding::same}},
                        Case{9, {28, 28}, 3, 32, 1, {.padding = Padding::same}}}) {
    const Example e = example(c, float32);
    std::vector<std::vector<Tensor>> runs;
    for (int threads = 1; threads <= 4; ++threads) {
      set_num_threads(threads);
      runs.push_back({conv2d(e.x, e.w, nullptr, c.options), conv2d_input_grad(e.y, e.w, c.image, c.options),
                      conv2d_kernel_grad(e.x, e.y, c.kernel, c.options)});
      for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(max(abs(runs.back()[i] - runs.front()[i])).item(), 0.0);
    }
  }
  set_num_threads(before);
}

TEST(Conv1d, IsAConvolutionOfOneRow) {
  Generator g(5);
  const Tensor x = normal({2, 9, 3}, 0, 1, g, float64), w = normal({3, 3, 4}, 0, 1, g, float64);
  const Tensor y = conv1d(x, w, nullptr, {.stride = 2, .padding = Padding::same});
  EXPECT_EQ(y.shape(), (Shape{2, 5, 4}));
  EXPECT_LE(difference(y, squeeze(conv2d_by_definition(unsqueeze(x, 1), unsqueeze(w, 0),
                                                       {.stride = {1, 2}, .padding = {0, 0, 1, 1}}),
                                  1)),
            1e-12);
  EXPECT_EQ(conv1d(x, w, nullptr, {.padding = 1, .dilation = 2}).shape(), (Shape{2, 7, 4}));
}

TEST(Conv2d, SaysWhatDoesNotFit) {
  const Tensor x = zeros({64, 28, 28, 3}), w = zeros({3, 3, 1, 8});
  EXPECT_THROW_TEXT(
      (void)conv2d(x, w), ShapeError,
      "conv2d: kernel (3, 3, 1, 8) expects 1 input channel, but the input (64, 28, 28, 3) has 3");
  EXPECT_THROW_TEXT((void)conv2d(zeros({28, 28, 1}), w), ShapeError,
                    "conv2d: needs images (N, H, W, C), got shape (28, 28, 1); unsqueeze adds the axis");
  EXPECT_THROW_TEXT((void)conv2d(zeros({1, 4, 9, 1}), zeros({5, 5, 1, 2})), ShapeError,
                    "a kernel of 5 rows is larger than the input (1, 4, 9, 1), which has 4; take a smaller");
  EXPECT_THROW_TEXT((void)conv2d(zeros({1, 9, 4, 1}), zeros({3, 3, 1, 2}), nullptr, {.dilation = 2}),
                    ShapeError, "a kernel of 5 columns (with its dilation) is larger");
  EXPECT_THROW_TEXT((void)conv2d(zeros({1, 9, 9, 4}), zeros({3, 3, 2, 3}), nullptr, {.groups = 2}),
                    ShapeError, "3 output channels cannot be split into 2 groups");
  EXPECT_THROW_TEXT((void)conv2d(zeros({1, 9, 9, 4}), zeros({3, 3, 3, 4}), nullptr, {.groups = 2}),
                    ShapeError, "expects 6 input channels in 2 groups");
  EXPECT_THROW_TEXT((void)conv2d(zeros({1, 9, 9, 1}), w, nullptr, {.stride = 0}), ShapeError,
                    "strides must be at least 1, got (0, 0)");
  EXPECT_THROW_TEXT((void)conv2d(zeros({1, 9, 9, 1}), w, nullptr, {.dilation = {1, 0}}), ShapeError,
                    "dilations must be at least 1, got (1, 0)");
  EXPECT_THROW_TEXT((void)conv2d(zeros({1, 9, 9, 1}), w, nullptr, {.padding = -1}), ShapeError,
                    "paddings must not be negative");
  EXPECT_THROW_TEXT((void)conv2d(zeros({1, 9, 9, 1}, float64), w), DTypeError, "conv2d: the operands are");
  EXPECT_THROW_TEXT((void)conv2d(zeros({1, 9, 9, 1}, int64), zeros({3, 3, 1, 8}, int64)), DTypeError,
                    "conv2d");
  const Tensor bias = zeros({3});
  EXPECT_THROW_TEXT((void)conv2d(zeros({1, 9, 9, 1}), w, &bias), ShapeError,
                    "needs a bias of shape (8,), got (3,)");
  EXPECT_THROW_TEXT((void)conv2d(zeros({1, 9, 9, 1}), zeros({0, 3, 1, 2})), ShapeError, "is empty");
  EXPECT_THROW_TEXT(
      (void)conv2d_input_grad(zeros({1, 5, 5, 8}), w, {9, 9}), ShapeError,
      "the convolution of an image (1, 9, 9, 1) has the shape (1, 7, 7, 8), but y has (1, 5, 5, 8)");
  EXPECT_THROW_TEXT((void)conv2d_kernel_grad(zeros({1, 9, 9, 1}), zeros({1, 5, 5, 8}), {3, 3}), ShapeError,
                    "but y has (1, 5, 5, 8)");
  EXPECT_THROW_TEXT((void)conv1d(zeros({9, 1}), zeros({3, 1, 2})), ShapeError,
                    "conv1d: needs sequences (N, L, C)");
}

}  // namespace
}  // namespace hourglass
