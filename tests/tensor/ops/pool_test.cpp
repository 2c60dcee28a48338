// Pooling, upsampling and keep_top_k against plain definitions.

#include "support/expect_error.h"

#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/normalize.h>
#include <hourglass/tensor/ops/pool.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/top_k.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

namespace hourglass {
namespace {

struct Pooled {
  Tensor largest, average;
};

// Each window place by place.
Pooled by_definition(const Tensor& x, const Pool2DOptions& options) {
  const Extent2 stride = options.stride.value_or(options.window);
  const Padding pad = with_explicit_padding({.stride = stride, .padding = options.padding},
                                            {x.shape(1), x.shape(2)}, options.window)
                          .padding;
  const Shape s = max_pool2d(x, options).shape();
  Pooled out{zeros(s, float64), zeros(s, float64)};
  const Tensor image = x.to(float64).contiguous();
  double* const largest = out.largest.mutable_data<double>();
  double* const average = out.average.mutable_data<double>();
  for (std::int64_t at = 0; at < s.size(); ++at) {
    const std::int64_t c = at % s[3], q = at / s[3] % s[2], p = at / s[3] / s[2] % s[1],
                       n = at / s[3] / s[2] / s[1];
    double most = -std::numeric_limits<double>::infinity(), sum = 0, count = 0;
    for (std::int64_t i = 0; i < options.window.rows; ++i) {
      for (std::int64_t j = 0; j < options.window.columns; ++j) {
        const std::int64_t r = p * stride.rows + i - pad.top, k = q * stride.columns + j - pad.left;
        if (r < 0 || r >= x.shape(1) || k < 0 || k >= x.shape(2)) continue;
        const double v = image.data<double>()[((n * x.shape(1) + r) * x.shape(2) + k) * s[3] + c];
        most = std::max(most, v), sum += v, count += 1;
      }
    }
    largest[at] = most, average[at] = sum / count;
  }
  return out;
}

double difference(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape(), b.shape());
  return a.size() == 0 ? 0.0 : max(abs(a.to(float64) - b.to(float64))).item();
}

TEST(Pool2d, IsTheDefinition) {
  Generator g(1);
  for (const DType dtype : {float32, float64}) {
    for (const std::int64_t batch : {0, 1, 3}) {
      for (const std::int64_t channels : {1, 3, 17}) {
        for (const Extent2 window : {Extent2(1), Extent2(2), Extent2(3), Extent2(2, 3)}) {
          for (const std::int64_t stride : {1, 2, 3}) {
            for (const Padding& padding : {Padding::valid, Padding::same}) {
              const Pool2DOptions o{.window = window, .stride = stride, .padding = padding};
              const Tensor x = normal({batch, 7, 5, channels}, 0, 1, g, dtype);
              const Pooled expected = by_definition(x, o);
              EXPECT_EQ(difference(max_pool2d(x, o), expected.largest), 0.0);
              EXPECT_LE(difference(average_pool2d(x, o), expected.average), dtype == float32 ? 1e-6 : 1e-14);
            }
          }
        }
      }
    }
  }
}

TEST(Pool2d, AdjointsAreAdjoint) {
  Generator g(2);
  const auto inner = [](const Tensor& a, const Tensor& b) { return sum(a * b).item(); };
  // Windows that overlap, that meet, that leave gaps; small images, and one whose rows are shared out.
  for (const Pool2DOptions& o : {Pool2DOptions{.window = 3, .stride = 2, .padding = Padding::same},
                                 Pool2DOptions{.window = 2}, Pool2DOptions{.window = 2, .stride = 3},
                                 Pool2DOptions{.window = {3, 2}, .stride = 3, .padding = Padding::same}}) {
    for (const Shape& shape : {Shape{2, 7, 6, 5}, Shape{2, 16, 11, 1500}}) {
      const Tensor x = normal(shape, 0, 1, g, float64), y = max_pool2d(x, o);
      const Tensor dy = normal(y.shape(), 0, 1, g, float64), v = normal(shape, 0, 1, g, float64);
      const double error = 1e-15 * static_cast<double>(x.size()) + 1e-12;
      EXPECT_NEAR(inner(average_pool2d(x, o), dy), inner(x, average_pool2d_grad(dy, shape, o)), error);
      EXPECT_NEAR(inner(max_pool2d_take(v, x, y, o), dy), inner(v, max_pool2d_grad(dy, x, y, o)), error);
      EXPECT_EQ(difference(max_pool2d_take(x, x, y, o), y), 0.0);
    }
  }
  for (const Interpolation kind : {Interpolation::nearest, Interpolation::bilinear}) {
    const Tensor x = normal({2, 7, 6, 5}, 0, 1, g, float64), large = normal({2, 14, 18, 5}, 0, 1, g, float64);
    EXPECT_NEAR(inner(upsample2d(x, {2, 3}, kind), large), inner(x, upsample2d_grad(large, {2, 3}, kind)),
                1e-12);
  }
}

TEST(Pool2d, GivesTheGradientToTheFirstOfEqualPlaces) {
  const Tensor x = zeros({1, 2, 2, 1});
  EXPECT_EQ(flatten(max_pool2d_grad(ones({1, 1, 1, 1}), x, max_pool2d(x))).str(), "[1. 0. 0. 0.]");
}

TEST(Pool2d, NanWins) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (std::int64_t at = 0; at < 4; ++at) {
    Tensor x = arange(0, 4);
    Tensor one = slice(x, 0, {at, at + 1});
    one.fill(nan);
    EXPECT_TRUE(std::isnan(max_pool2d(reshape(x, {1, 2, 2, 1})).item()));
  }
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(max_pool2d(full({1, 2, 2, 1}, -inf)).item(), -inf);
}

TEST(Upsample2d, RepeatsOrInterpolates) {
  const Tensor x = reshape(tensor({0, 4, 8, 12}), {1, 2, 2, 1});
  EXPECT_EQ(reshape(upsample2d(x, {1, 2}), {2, 4}).str(), "[[ 0.  0.  4.  4.]\n [ 8.  8. 12. 12.]]");
  EXPECT_EQ(reshape(upsample2d(x, {1, 2}, Interpolation::bilinear), {2, 4}).str(),
            "[[ 0.  1.  3.  4.]\n [ 8.  9. 11. 12.]]");
  EXPECT_EQ(upsample2d(zeros({0, 2, 3, 4}), 2).shape(), (Shape{0, 4, 6, 4}));
}

TEST(Standardize, IsExactFarFromZero) {
  Generator g(3);
  const Tensor far = normal({1000, 3}, 0, 1, g) + 1e4;
  const Tensor y = standardize(far, {0}, 1e-12);
  EXPECT_LE(max(abs(mean(y, 0))).item(), 1e-3);
  EXPECT_LE(max(abs(var(y, 0) - 1.0)).item(), 1e-3);
  EXPECT_THROW_TEXT((void)standardize(far, {0}, 0.0), DataError,
                    "standardize: epsilon must be positive, got 0");
}

TEST(TopK, KeepsExactlyKOfEachRow) {
  Generator g(4);
  const Tensor x = normal({40, 100}, 0, 1, g), y = keep_top_k(x, 25);
  EXPECT_EQ(min(sum((y != 0.0).to(int64), 1)).item(), 25.0);
  EXPECT_EQ(max(sum((y != 0.0).to(int64), 1)).item(), 25.0);
  const Tensor least = min(where(y != 0.0, y, full_like(y, 1e9)), 1),
               rest = max(where(y == 0.0, x, full_like(x, -1e9)), 1);
  EXPECT_GT(min(least - rest).item(), 0.0);
  EXPECT_EQ(keep_top_k(tensor({3, 1, 3, 3, 2}), 2).str(), "[3. 0. 3. 0. 0.]");
  EXPECT_EQ(keep_top_k(tensor({-3, -1, -2}), 1).str(), "[ 0. -1.  0.]");
  EXPECT_EQ(keep_top_k(tensor({3, 1}), 0).str(), "[0. 0.]");
  EXPECT_EQ(keep_top_k(zeros({0, 5}), 2).shape(), (Shape{0, 5}));
  EXPECT_THROW_TEXT((void)keep_top_k(zeros({2, 5}), 6), ShapeError,
                    "keep_top_k: cannot keep 6 elements along the last axis of shape (2, 5)");
  EXPECT_THROW_TEXT((void)keep_top_k(zeros({2, 5}, int64), 2), DTypeError, "keep_top_k");
}

TEST(Pool2d, SameBitsForAnyNumberOfThreads) {
  const int before = num_threads();
  Generator g(5);
  const Tensor x = normal({9, 14, 14, 16}, 0, 1, g);
  std::vector<Tensor> first;
  for (int threads = 1; threads <= 4; ++threads) {
    set_num_threads(threads);
    const Tensor y = max_pool2d(x);
    const std::vector<Tensor> now{y,
                                  max_pool2d_grad(y, x, y),
                                  max_pool2d_take(x, x, y),
                                  average_pool2d(x),
                                  average_pool2d_grad(y, x.shape()),
                                  upsample2d_grad(x, 2),
                                  upsample2d(x, 2, Interpolation::bilinear),
                                  upsample2d(x, 2),
                                  standardize(x, {0, 1, 2}, 1e-3)};
    if (first.empty()) first = now;
    for (std::size_t i = 0; i < now.size(); ++i) EXPECT_EQ(difference(now[i], first[i]), 0.0);
  }
  set_num_threads(before);
}

TEST(Pool2d, TakesViewsAndNoChannels) {
  Generator g(6);
  const Tensor x = permute(normal({2, 3, 6, 4}, 0, 1, g), {0, 2, 3, 1});
  EXPECT_EQ(difference(max_pool2d(x), max_pool2d(x.clone())), 0.0);
  EXPECT_EQ(difference(average_pool2d(x), average_pool2d(x.clone())), 0.0);
  EXPECT_EQ(difference(upsample2d(x, 2), upsample2d(x.clone(), 2)), 0.0);
  EXPECT_EQ(max_pool2d(zeros({2, 4, 4, 0})).shape(), (Shape{2, 2, 2, 0}));
  EXPECT_EQ(upsample2d(zeros({2, 4, 4, 0}), 2).shape(), (Shape{2, 8, 8, 0}));
}

// By hand: ⌈extent / stride⌉ places, an odd zero at the end.
TEST(Pool2d, SamePaddingIsThatOfKeras) {
  const Tensor x = reshape(arange(0, 5), {1, 1, 5, 1});
  const auto row = [](const Tensor& y) { return flatten(y).str(); };
  const auto same = [](std::int64_t window, std::int64_t stride) {
    return Pool2DOptions{.window = {1, window}, .stride = {{1, stride}}, .padding = Padding::same};
  };
  EXPECT_EQ(row(max_pool2d(x, same(2, 2))), "[1. 3. 4.]");
  EXPECT_EQ(row(max_pool2d(x, same(3, 2))), "[1. 3. 4.]");
  EXPECT_EQ(row(average_pool2d(x, same(2, 2))), "[0.5 2.5 4. ]");  // the zero at the end does not count
  EXPECT_EQ(row(average_pool2d(x, same(3, 1))), "[0.5 1.  2.  3.  3.5]");
}

TEST(Pool2d, SaysWhatDoesNotFit) {
  EXPECT_THROW_TEXT((void)max_pool2d(zeros({1, 5, 5, 1}), {.window = 2, .padding = 2}), ShapeError,
                    "a padding of 2 rows is not smaller than the window, which has 2");
  EXPECT_THROW_TEXT((void)max_pool2d(zeros({4, 4, 1})), ShapeError,
                    "max_pool2d: needs images (N, H, W, C), got shape (4, 4, 1)");
  EXPECT_THROW_TEXT((void)max_pool2d(zeros({1, 2, 2, 5}), {.window = 3}), ShapeError,
                    "max_pool2d: a window of 3 rows is larger than the input (1, 2, 2, 5), which has 2; take "
                    "a smaller window");
  EXPECT_THROW_TEXT((void)average_pool2d(zeros({1, 2, 2, 1}), {.window = 0}), ShapeError,
                    "the window must have at least one row");
  EXPECT_THROW_TEXT((void)average_pool2d(zeros({1, 2, 2, 1}), {.stride = 0}), ShapeError,
                    "strides must be at least 1");
  EXPECT_THROW_TEXT((void)max_pool2d(zeros({1, 2, 2, 1}, int64)), DTypeError, "max_pool2d");
  EXPECT_THROW_TEXT((void)upsample2d(zeros({1, 2, 2, 1}), 0), ShapeError,
                    "factors must be at least 1, got (0, 0)");
  EXPECT_THROW_TEXT((void)upsample2d_grad(zeros({1, 3, 4, 1}), 2), ShapeError,
                    "must be multiples of the factors (2, 2)");
}

}  // namespace
}  // namespace hourglass
