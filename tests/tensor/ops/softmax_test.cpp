#include <gtest/gtest.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/softmax.h>
#include <hourglass/tensor/views.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "support/expect_error.h"

namespace hourglass {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// log softmax along the last axis of x, as it is written.
Tensor by_definition(const Tensor& x) {
  Tensor y = x.to(float64).clone();
  double* const v = y.mutable_data<double>();
  const std::int64_t n = x.shape(-1);
  for (std::int64_t row = 0; n > 0 && row < x.size() / n; ++row) {
    double total = 0;
    for (std::int64_t i = 0; i < n; ++i) total += std::exp(v[row * n + i]);
    for (std::int64_t i = 0; i < n; ++i) v[row * n + i] -= std::log(total);
  }
  return y;
}

double distance(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape(), b.shape());
  return a.size() == 0 ? 0.0 : max(abs(a.to(float64) - b.to(float64))).item();
}

TEST(Softmax, FollowsItsDefinitionAlongEveryAxis) {
  Generator g(1);
  const Tensor base = normal({3, 4, 5}, 0, 2, g, float64);
  for (const Tensor& x :
       {base, permute(base, {2, 0, 1}), flip(base), slice(base, 1, {.step = 2}),
        broadcast_to(base[0], {2, 4, 5}), normal({1}, 0, 1, g, float64), zeros({0, 3}, float64),
        zeros({3, 0}, float64), normal({4, 63}, 0, 2, g, float64), normal({4, 64}, 0, 2, g, float64),
        normal({90, 1000}, 0, 2, g, float64), normal({3, 70, 9}, 0, 2, g, float64)}) {
    for (int axis = -x.rank(); axis < x.rank(); ++axis) {
      const Tensor expected = transpose(by_definition(transpose(x, axis, -1)), axis, -1);
      for (const DType dtype : {float32, float64}) {
        SCOPED_TRACE(::testing::Message() << x.shape().str() << ", axis " << axis);
        const Tensor y = softmax(x.to(dtype), axis), log_y = log_softmax(x.to(dtype), axis);
        EXPECT_EQ(y.dtype(), dtype);
        EXPECT_TRUE(y.is_contiguous());
        EXPECT_LE(distance(y, exp(expected)), dtype == float32 ? 5e-7 : 1e-14);
        EXPECT_LE(distance(log_y, expected), dtype == float32 ? 5e-6 : 1e-13);
        const bool rows = y.shape(axis) > 0;
        EXPECT_LE(distance(sum(y, axis), full(y.shape().without(axis), rows ? 1 : 0)), 1e-6);
      }
    }
  }
}

TEST(Softmax, NeitherOverflowsNorUnderflows) {
  for (const DType dtype : {float32, float64}) {
    const Tensor x = tensor({1e30, 0, -1e30}, dtype);
    EXPECT_EQ(distance(softmax(x), tensor({1, 0, 0})), 0.0);
    EXPECT_EQ(log_softmax(tensor({1000, 0}, dtype))[1].item(), -1000.0);
    EXPECT_EQ(distance(softmax(tensor({-kInf, 0}, dtype)), tensor({0, 1})), 0.0);
    EXPECT_EQ(log_softmax(tensor({-kInf, 0}, dtype))[0].item(), -kInf);
    EXPECT_EQ(distance(softmax(full({4}, -1e30, dtype)), full({4}, 0.25)), 0.0);
    EXPECT_TRUE(std::isnan(softmax(tensor({1, std::nan("")}, dtype))[0].item()));
    const Tensor columns = broadcast_to(unsqueeze(x, 1), {3, 20});
    EXPECT_EQ(distance(softmax(columns, 0)[0], ones({20})), 0.0);
    EXPECT_EQ(distance(log_softmax(columns, 0)[1], full({20}, -1e30, dtype)), 0.0);
    EXPECT_TRUE(std::isnan(softmax(full({2, 20}, std::nan(""), dtype), 0)[1][19].item()));
  }
}

TEST(Softmax, OfAScalarIsOne) {
  EXPECT_EQ(softmax(full({}, 3)).item(), 1.0);
  EXPECT_EQ(softmax(full({}, 3), 0).shape(), Shape{});
  EXPECT_EQ(log_softmax(full({}, 3)).item(), 0.0);
}

TEST(Softmax, RefusesIntegersAndAxesThatAreNotThere) {
  EXPECT_THROW_TEXT((void)softmax(zeros({2}, int64)), DTypeError, "softmax: ");
  EXPECT_THROW_TEXT((void)log_softmax(zeros({2}, uint8)), DTypeError, "log_softmax: ");
  EXPECT_THROW_TEXT((void)softmax(zeros({2, 3}), 2), IndexError,
                    "softmax: axis 2 is out of range for shape (2, 3)");
  EXPECT_THROW_TEXT((void)log_softmax(zeros({2, 3}), -3), IndexError,
                    "log_softmax: axis -3 is out of range for shape (2, 3)");
  EXPECT_THROW_TEXT((void)softmax(zeros({}), 1), IndexError, "softmax: axis 1 is out of range for shape ()");
}

TEST(Softmax, LeavesItsInputAlone) {
  const Tensor x = tensor({1, 2});
  EXPECT_FALSE(softmax(x).shares_storage(x));
  EXPECT_EQ(x[1].item(), 2.0);
}

TEST(Softmax, GivesTheSameBitsForAnyNumberOfThreads) {
  Generator g(2);
  const Tensor x = normal({20, 25, 301}, 0, 3, g);
  const int before = num_threads();
  for (const auto f : {softmax, log_softmax}) {
    for (const int axis : {0, 1, 2}) {
      set_num_threads(1);
      const Tensor expected = f(x, axis);
      for (const int threads : {2, 3, 4}) {
        set_num_threads(threads);
        const Tensor y = f(x, axis);
        EXPECT_EQ(std::memcmp(y.data<float>(), expected.data<float>(),
                              static_cast<std::size_t>(y.size()) * sizeof(float)),
                  0);
      }
    }
  }
  set_num_threads(before);
}

}  // namespace
}  // namespace hourglass
