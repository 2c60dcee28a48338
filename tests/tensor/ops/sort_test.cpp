#include <gtest/gtest.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/index.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/sort.h>
#include <hourglass/tensor/views.h>

#include <cmath>
#include <limits>

#include "support/expect_error.h"

namespace hourglass {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(Sort, PutsTheElementsOfEveryTypeInOrder) {
  for (const DType dtype : {float32, float64, int64, uint8}) {
    EXPECT_EQ(sort(tensor({3, 1, 2, 1}, dtype)).to(int64).str(), "[1 1 2 3]") << name(dtype);
    EXPECT_EQ(argsort(tensor({3, 1, 2, 1}, dtype)).str(), "[1 3 2 0]") << name(dtype);
    EXPECT_EQ(argsort(tensor({3, 1, 2, 1}, dtype), -1, {.descending = true}).str(), "[0 2 1 3]")
        << name(dtype);
    EXPECT_EQ(sort(tensor({3, 1, 2, 1}, dtype)).dtype(), dtype);
  }
}

// Every axis, of views too: neighbours are in order, and the places name each element once.
TEST(Sort, RunsAlongEveryAxis) {
  Generator g(3);
  const Tensor base = normal({3, 4, 5}, 0, 1, g, float64);
  for (const Tensor& x : {base, permute(base, {2, 0, 1}), flip(base), broadcast_to(base[0], {2, 4, 5}),
                          zeros({0, 3, 2}, float64), zeros({2, 0, 3}, float64)}) {
    for (int axis = -3; axis < 3; ++axis) {
      for (const bool descending : {false, true}) {
        const Tensor y = sort(x, axis, {descending}), order = argsort(x, axis, {descending});
        ASSERT_EQ(y.shape(), x.shape());
        EXPECT_EQ(sum(y != gather(x, order, axis)).item(), 0);
        EXPECT_EQ(sum(sort(order, axis) != sort(argsort(x * 0.0, axis), axis)).item(), 0);
        if (x.size() == 0) continue;
        const Tensor first = slice(y, axis, {0, -1}), second = slice(y, axis, {1, std::nullopt});
        EXPECT_EQ(sum(descending ? first < second : first > second).item(), 0);
      }
    }
  }
}

TEST(Sort, TakesNanAsLargestAndKeepsTheOrderOfEqualOnes) {
  const Tensor x = tensor({kNan, 1, -kInf, kInf, kNan, -0.0, 0.0}, float64);
  EXPECT_EQ(argsort(x).str(), "[2 5 6 1 3 0 4]");
  EXPECT_EQ(argsort(x, 0, {.descending = true}).str(), "[0 4 3 1 5 6 2]");
  EXPECT_TRUE(std::signbit(sort(x)[1].item()));
}

TEST(Sort, TakesAScalarAsItsOwn) {
  EXPECT_EQ(sort(tensor(2.5)).item(), 2.5);
  EXPECT_EQ(argsort(tensor(2.5)).item(), 0);
  EXPECT_EQ(sort(tensor(2.5)).rank(), 0);
  EXPECT_THROW((void)sort(tensor(2.5), 1), IndexError);
  EXPECT_THROW((void)sort(zeros({2, 3}), 2), IndexError);
  EXPECT_THROW((void)argsort(zeros({2, 3}), -3), IndexError);
}

TEST(Sort, GivesTheSameForAnyNumberOfThreads) {
  Generator g(5);
  const Tensor x = randint({500, 64}, 0, 20, g);
  const int threads = num_threads();
  set_num_threads(1);
  const Tensor one = argsort(x);
  set_num_threads(4);
  EXPECT_EQ(sum(argsort(x) != one).item(), 0);
  set_num_threads(threads);
}

}  // namespace
}  // namespace hourglass
