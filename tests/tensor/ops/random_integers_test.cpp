#include <gtest/gtest.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "support/expect_error.h"

namespace hourglass {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

// Same bits for one thread and four.
void expect_same_bits(const std::function<Tensor()>& draw) {
  const int threads = num_threads();
  set_num_threads(1);
  const Tensor one = draw();
  set_num_threads(4);
  EXPECT_EQ(sum(draw() != one).item(), 0);
  set_num_threads(threads);
}

TEST(Randint, IsUniformInItsRange) {
  Generator g(1);
  const Tensor x = randint({60000}, -2, 4, g);
  EXPECT_EQ(min(x).item(), -2);
  EXPECT_EQ(max(x).item(), 3);
  for (int v = -2; v < 4; ++v) EXPECT_NEAR(sum(x == v).item(), 10000, 5 * std::sqrt(10000.0));
  EXPECT_EQ(randint({3}, 7, 8, g).str(), "[7 7 7]");
  EXPECT_EQ(randint({0, 2}, 0, 5, g).shape(), (Shape{0, 2}));
  EXPECT_EQ(randint({}, kLeast, kLeast + 1, g).dtype(), int64);
  EXPECT_THROW_TEXT((void)randint({2}, 3, 3, g), DataError, "randint: needs low < high");
  EXPECT_THROW((void)randint({2}, kLeast, 0, g), DataError);
  expect_same_bits([] {
    Generator same(8);
    return randint({100, 1000}, 0, std::int64_t{1} << 40, same);
  });
}

TEST(Multinomial, DrawsInProportionToTheWeights) {
  Generator g(2);
  const Tensor w = tensor({{1, 0, 3, 0}, {0, 5, 0, 5}});
  const Tensor x = multinomial(w, 20000, {.replacement = true}, g);
  EXPECT_EQ(x.shape(), (Shape{2, 20000}));
  EXPECT_NEAR(sum(x[0] == 0.0).item(), 5000, 5 * std::sqrt(5000.0));
  EXPECT_NEAR(sum(x[0] == 2.0).item(), 15000, 5 * std::sqrt(5000.0));
  EXPECT_EQ(sum(x[1] == 1.0).item() + sum(x[1] == 3.0).item(), 20000);
  // Without replacement, the first is drawn as with it, and the second from what is left.
  const Tensor rows = broadcast_to(tensor({1, 2, 1}, float64), {40000, 3});
  const Tensor pairs = multinomial(rows, 2, {}, g);
  const Tensor first = slice(pairs, 1, {0, 1}), second = slice(pairs, 1, {1, 2});
  EXPECT_EQ(sum(first == second).item(), 0);
  EXPECT_NEAR(sum(first == 1.0).item(), 20000, 5 * 100);
  EXPECT_NEAR(sum((first == 0.0) * (second == 1.0)).item(), 40000 / 4.0 * 2 / 3, 5 * 80);
}

TEST(Multinomial, DrawsEachIndexOnceWithoutReplacement) {
  Generator g(3);
  for (int i = 0; i < 50; ++i) {
    const Tensor x = multinomial(tensor({0.5, 0, 1e-30, 7, 1e30}, float64), 4, {}, g);
    std::set<double> seen;
    for (std::int64_t k = 0; k < 4; ++k) seen.insert(x[k].item());
    EXPECT_EQ(seen, (std::set<double>{0, 2, 3, 4}));
  }
  EXPECT_EQ(multinomial(zeros({0, 3}), 2, {}, g).shape(), (Shape{0, 2}));
  EXPECT_EQ(multinomial(ones({4, 3}), 0, {}, g).shape(), (Shape{4, 0}));
  for (const bool replacement : {false, true}) {
    expect_same_bits([&] {
      Generator same(9);
      return multinomial(uniform({700, 33}, 0, 1, same), 20, {replacement}, same);
    });
  }
}

TEST(Multinomial, SaysWhatItCannotDrawFrom) {
  Generator g(4);
  EXPECT_THROW_TEXT((void)multinomial(tensor({1, -1}), 1, {}, g), DataError,
                    "multinomial: weights must be finite and not negative, got -1 in row 0 of shape (2,)");
  EXPECT_THROW((void)multinomial(tensor({1, std::nan("")}), 1, {}, g), DataError);
  EXPECT_THROW_TEXT((void)multinomial(zeros({2, 3}), 1, {}, g), DataError, "add up to 0");
  EXPECT_THROW_TEXT((void)multinomial(tensor({1, 0, 2}), 3, {}, g), DataError,
                    "multinomial: 3 draws without replacement need as many positive weights, got 2");
  EXPECT_THROW((void)multinomial(tensor(1.0), 1, {}, g), ShapeError);
  EXPECT_THROW((void)multinomial(ones({3}), -1, {}, g), ShapeError);
  EXPECT_THROW((void)multinomial(zeros({2, 0}), 1, {}, g), DataError);
  EXPECT_THROW((void)multinomial(ones({3}, int64), 1, {}, g), DTypeError);
}

}  // namespace
}  // namespace hourglass
