#include <gtest/gtest.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <vector>

#include "support/expect_error.h"

namespace hourglass {
namespace {

using Values = std::vector<double>;

Values values(const Tensor& x) {
  const Tensor y = x.to(float64).contiguous();
  return {y.data<double>(), y.data<double>() + y.size()};
}

TEST(Cumsum, FollowsItsDefinitionAlongEveryAxis) {
  Generator g(6);
  const Tensor base = normal({3, 4, 5}, 0, 1, g, float64);
  for (const Tensor& x : {base, permute(base, {2, 0, 1}), flip(base), slice(base, 2, {.step = 2}),
                          broadcast_to(base[0], {2, 4, 5}), zeros({0, 3, 2}, float64),
                          zeros({2, 0, 3}, float64), normal({2, 9, 600}, 0, 1, g, float64)}) {
    for (int axis = -3; axis < 3; ++axis) {
      const Tensor y = cumsum(x, axis);
      ASSERT_EQ(y.shape(), x.shape());
      for (std::int64_t i = 0; i < x.shape(axis); ++i) {
        const Tensor part = slice(y, axis, {i, i + 1}),
                     expected = sum(slice(x, axis, {0, i + 1}), axis, {.keepdims = true});
        if (part.size() > 0) {
          EXPECT_LE(max(abs(part - expected)).item(), 1e-12);
        }
      }
    }
  }
  EXPECT_EQ(values(cumsum(tensor({200, 100, 50}).to(uint8), 0)), (Values{200, 300, 350}));
  EXPECT_EQ(cumsum(ones({3}, uint8), 0).dtype(), int64);
  EXPECT_EQ(cumsum(full({}, 3), -1).shape(), Shape{});
  EXPECT_EQ(cumsum(full({}, 3), 0).item(), 3);
  EXPECT_NEAR(cumsum(full({20'000'000}, 0.1F), 0)[-1].item() / (static_cast<double>(0.1F) * 2e7), 1.0, 1e-7);
}

TEST(SumTo, IsTheAdjointOfBroadcastTo) {
  Generator g(7);
  const Tensor y = normal({2, 3, 4}, 0, 1, g, float64);
  for (const Shape& shape : {Shape{}, {1}, {4}, {1, 4}, {3, 1}, {3, 4}, {2, 1, 4}, {1, 1, 1}, {2, 3, 4}}) {
    const Tensor x = normal(shape, 0, 1, g, float64);
    const Tensor z = sum_to(y, shape);
    EXPECT_EQ(z.shape(), shape);
    EXPECT_NEAR(sum(broadcast_to(x, y.shape()) * y).item(), sum(x * z).item(), 1e-12) << shape.str();
  }
  EXPECT_EQ(values(sum_to(zeros({0, 3}), {3})), Values(3, 0.0));
  EXPECT_EQ(sum_to(ones({3}, uint8), {3}).dtype(), int64);
  EXPECT_THROW_TEXT((void)sum_to(y, {3, 2}), ShapeError,
                    "sum_to: shape (3, 2) does not broadcast to (2, 3, 4)");
  EXPECT_THROW_TEXT((void)sum_to(y, {1, 2, 3, 4}), ShapeError,
                    "sum_to: shape (1, 2, 3, 4) does not broadcast to (2, 3, 4)");
}

}  // namespace
}  // namespace hourglass
