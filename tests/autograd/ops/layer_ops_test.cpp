// Pooling and normalization: gradients of both orders beyond the rows of the table of ops.

#include "support/gradients.h"

#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/normalize.h>
#include <hourglass/autograd/ops/pool.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>

#include <gmock/gmock.h>

namespace hourglass {
namespace {

using X = const std::vector<Variable>&;

TEST(LayerOps, HaveGradientsOverAGridOfOddShapes) {
  Generator g(8);
  for (const std::int64_t window : {1, 2, 3}) {
    for (const std::int64_t stride : {1, 2, 3}) {
      for (const Padding& padding : {Padding::valid, Padding::same}) {
        const Pool2DOptions o{.window = window, .stride = stride, .padding = padding};
        const Tensor x = normal({1, 5, 4, 2}, 0, 1, g, float64);
        EXPECT_GRADIENTS([&](X v) { return square(max_pool2d(v[0], o)); }, x);
        EXPECT_GRADIENTS([&](X v) { return square(average_pool2d(v[0], o)); }, x);
      }
    }
  }
  EXPECT_GRADIENTS([](X v) { return max_pool2d(v[0]); }, zeros({0, 4, 4, 2}, float64));
  EXPECT_GRADIENTS([](X v) { return batch_norm(v[0], {}, {}); }, normal({1, 3, 2, 17}, 0, 1, g, float64));
  EXPECT_GRADIENTS([](X v) { return layer_norm(v[0], {}, v[1]); }, normal({2, 17}, 0, 1, g, float64),
                   normal({17}, 0, 1, g, float64));
}

}  // namespace
}  // namespace hourglass
