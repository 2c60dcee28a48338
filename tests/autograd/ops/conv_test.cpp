// Convolution: gradients of both orders beyond the rows of the table of ops.

#include "support/gradients.h"

#include <hourglass/autograd/ops/conv.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <gmock/gmock.h>

namespace hourglass {
namespace {

using X = const std::vector<Variable>&;

TEST(Conv, FacesHaveRightGradientsOverAGridOfOddShapes) {
  Generator g(3);
  const auto random = [&](const Shape& shape) { return normal(shape, 0.0, 0.5, g, float64); };
  for (const std::int64_t kernel : {1, 2, 3, 4, 5}) {
    for (const std::int64_t stride : {1, 2, 3}) {
      for (const std::int64_t dilation : {1, 2}) {
        const Conv2DOptions o{.stride = stride, .padding = Padding::same, .dilation = dilation};
        const Tensor x = random({1, 5, 4, 2}), w = random({kernel, kernel, 2, 2});
        const Tensor y = random(conv2d(x, w, nullptr, o).shape());
        EXPECT_GRADIENTS([&](X v) { return conv2d(v[0], v[1], {}, o); }, x, w);
        EXPECT_GRADIENTS([&](X v) { return conv2d_input_grad(v[0], v[1], {5, 4}, o); }, y, w);
        EXPECT_GRADIENTS([&](X v) { return conv2d_kernel_grad(v[0], v[1], kernel, o); }, x, y);
      }
    }
  }
}

TEST(Conv, HasGradientsWithoutImagesAndInOneDimension) {
  Generator g(2);
  const auto random = [&](const Shape& shape) { return normal(shape, 0.0, 0.5, g, float64); };
  EXPECT_GRADIENTS([](X v) { return conv2d(v[0], v[1], v[2]); }, zeros({0, 5, 5, 2}, float64),
                   random({3, 3, 2, 3}), random({3}));
  EXPECT_GRADIENTS([](X v) { return conv1d(v[0], v[1], v[2], {.stride = 2, .padding = Padding::same}); },
                   random({2, 7, 2}), random({3, 2, 3}), random({3}));
}

}  // namespace
}  // namespace hourglass
