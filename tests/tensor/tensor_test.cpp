// Handles, conversion, factories, views, joins, memory, threads, random numbers.

#include "support/expect_error.h"

#include <Random123/philox.h>
#include <gtest/gtest.h>
#include <hourglass/tensor/base/memory.h>
#include <hourglass/tensor/base/philox.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <array>
#include <atomic>
#include <limits>
#include <numeric>
#include <set>
#include <type_traits>

namespace hourglass {
namespace {

Tensor counting(const Shape& shape) { return reshape(arange(0, static_cast<double>(shape.size())), shape); }

TEST(Tensor, SharesWhenCopiedAndClonesWhenAsked) {
  Tensor a = arange(0, 3), b = a, c = a.clone();
  a.fill(7);
  EXPECT_EQ(b.str(), "[7. 7. 7.]");
  EXPECT_EQ(c.str(), "[0. 1. 2.]");
  EXPECT_TRUE(a.shares_storage(b));
  EXPECT_FALSE(a.shares_storage(c));
  static_assert(!std::is_assignable_v<Tensor&&, Tensor>, "assigning to a temporary must not compile");
}

TEST(Tensor, ConvertsWithinWhatATypeCanHold) {
  EXPECT_EQ(tensor({-1.7, 2.9}).to(int64).str(), "[-1  2]");
  EXPECT_EQ(tensor({255.9}).to(uint8).str(), "[255]");
  EXPECT_THROW_TEXT((void)tensor({256}).to(uint8), DataError,
                    "to: the value 256 cannot be converted to uint8");
  EXPECT_THROW_TEXT((void)tensor({-1}).to(uint8), DataError, "to: the value -1 cannot be converted");
  EXPECT_THROW_TEXT((void)full({1}, std::numeric_limits<double>::quiet_NaN()).to(int64), DataError,
                    "cannot be converted to int64");
  EXPECT_THROW_TEXT((void)zeros({2}).data<double>(), DTypeError,
                    "data: the tensor (2,) is float32, not float64");
  EXPECT_THROW_TEXT((void)zeros({2}).item(), ShapeError, "item: needs exactly one element, got shape (2,)");
}

TEST(Tensor, IndexesFromBothEnds) {
  const Tensor x = counting({3, 2});
  EXPECT_EQ(x[0].str(), "[0. 1.]");
  EXPECT_EQ(x[-1].str(), "[4. 5.]");
  EXPECT_THROW_TEXT((void)x[3], IndexError, "index 3 is out of range for the first axis of shape (3, 2)");
  EXPECT_THROW_TEXT((void)tensor(1.0)[0], IndexError, "a scalar has no axis");
}

TEST(Tensor, CopiesIntoViewsAndOntoItself) {
  Tensor x = counting({2, 3});
  Tensor column = slice(x, 1, {1, 2});
  column.copy_from(tensor(9.0));
  EXPECT_EQ(x.str(), "[[0. 9. 2.]\n [3. 9. 5.]]");
  Tensor line = arange(0, 5), tail = slice(line, 0, {1, 5});
  tail.copy_from(slice(line, 0, {0, 4}));  // overlapping
  EXPECT_EQ(line.str(), "[0. 0. 1. 2. 3.]");
  EXPECT_THROW_TEXT(x.copy_from(zeros({4})), ShapeError,
                    "broadcast_to: shape (4,) does not broadcast to (2, 3)");
}

TEST(Shape, ChecksWhatItIsGiven) {
  EXPECT_THROW_TEXT((void)zeros({-1, 2}), ShapeError, "shape: (-1, 2) has a negative extent");
  EXPECT_THROW_TEXT((void)Shape({1, 1, 1, 1, 1, 1, 1, 1, 1}), ShapeError,
                    "has 9 axes, at most 8 are supported");
  EXPECT_THROW_TEXT((void)zeros({1LL << 40, 1LL << 40}), ShapeError, "has more elements than can be counted");
  EXPECT_THROW_TEXT((void)zeros({1LL << 60}), MemoryError, "(1152921504606846976,) of float32 needs");
  EXPECT_THROW_TEXT((void)Shape({2, 3})[2], IndexError, "axis 2 is out of range for shape (2, 3)");
}

TEST(Factory, MakesWhatNumPyMakes) {
  EXPECT_EQ(arange(5, 0, -2).str(), "[5. 3. 1.]");
  EXPECT_EQ(arange(3, 3).size(), 0);
  EXPECT_EQ(linspace(0, 1, 5).str(), "[0.   0.25 0.5  0.75 1.  ]");
  EXPECT_EQ(linspace(2, 3, 1).str(), "[2.]");
  EXPECT_EQ(eye(2, int64).str(), "[[1 0]\n [0 1]]");
  EXPECT_EQ(tensor({{{1}, {2}}, {{3}, {4}}}).shape(), (Shape{2, 2, 1}));
  EXPECT_EQ(tensor({}).shape(), (Shape{0}));
  const std::vector<std::int64_t> values{1, 2, 3};
  EXPECT_EQ(from_span(std::span<const std::int64_t>(values), {3, 1}).str(), "[[1]\n [2]\n [3]]");
  EXPECT_THROW_TEXT((void)tensor({{1, 2}, {3}}), ShapeError,
                    "tensor: the first lists give shape (2, 2), but a list at depth 1");
  EXPECT_THROW_TEXT((void)tensor({{1, 2}, 3}), ShapeError, "tensor: the first lists give shape (2, 2)");
  EXPECT_THROW_TEXT((void)arange(0, 1, 0), DataError, "arange: needs finite bounds and a step other than 0");
  EXPECT_THROW_TEXT((void)linspace(0, 1, -1), DataError, "linspace: the count must not be negative, got -1");
  EXPECT_THROW_TEXT((void)from_span(std::span<const std::int64_t>(values), {2}), ShapeError,
                    "from_span: shape (2,) needs 2 values, got 3");
}

TEST(Views, ReshapeSharesWhereItCan) {
  const Tensor x = counting({2, 3, 4});
  EXPECT_TRUE(reshape(x, {6, -1}).shares_storage(x));
  EXPECT_FALSE(reshape(transpose(x), {24}).shares_storage(x));
  EXPECT_EQ(reshape(transpose(counting({2, 3})), {6}).str(), "[0. 3. 1. 4. 2. 5.]");
  EXPECT_EQ(flatten(x, 1).shape(), (Shape{2, 12}));
  EXPECT_EQ(reshape(zeros({0, 3}), {3, 0}).shape(), (Shape{3, 0}));
  EXPECT_THROW_TEXT((void)reshape(x, {5, 5}), ShapeError,
                    "reshape: shape (2, 3, 4) has 24 elements, but (5, 5) needs 25");
  EXPECT_THROW_TEXT((void)reshape(x, {7, -1}), ShapeError,
                    "reshape: the 24 elements of shape (2, 3, 4) cannot be divided");
}

TEST(Views, SliceFollowsPython) {
  const Tensor x = arange(0, 10);
  EXPECT_EQ(slice(x, 0, {2, 8, 3}).str(), "[2. 5.]");
  EXPECT_EQ(slice(x, 0, {-3, std::nullopt}).str(), "[7. 8. 9.]");
  EXPECT_EQ(slice(x, 0, {std::nullopt, std::nullopt, -4}).str(), "[9. 5. 1.]");
  EXPECT_EQ(slice(x, 0, {7, 2, -2}).str(), "[7. 5. 3.]");
  EXPECT_EQ(slice(x, 0, {-100, 100}).size(), 10);
  EXPECT_EQ(slice(x, 0, {5, 2}).size(), 0);
  EXPECT_THROW_TEXT((void)slice(x, 0, {.step = 0}), IndexError,
                    "slice: the step along axis 0 of shape (10,) must not be 0");
  EXPECT_THROW_TEXT((void)slice(x, std::vector<Slice>(2)), IndexError,
                    "slice: 2 slices for shape (10,), which has 1 axes");
}

TEST(Views, MoveAddAndRepeatAxes) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(permute(counting({2, 3, 4}), {2, 0, -2}).shape(), (Shape{4, 2, 3}));
  EXPECT_EQ(unsqueeze(x, -1).shape(), (Shape{2, 3, 1}));
  EXPECT_EQ(squeeze(zeros({1, 2, 1})).shape(), (Shape{2}));
  EXPECT_EQ(flip(x, {1}).str(), "[[2. 1. 0.]\n [5. 4. 3.]]");
  EXPECT_EQ(broadcast_to(tensor({1, 2}), {2, 2}).str(), "[[1. 2.]\n [1. 2.]]");
  EXPECT_THROW_TEXT((void)permute(x, {0, 0}), ShapeError, "permute: axis 0 of shape (2, 3) is given twice");
  EXPECT_THROW_TEXT((void)squeeze(x, 0), ShapeError, "squeeze: axis 0 of shape (2, 3) has extent 2, not 1");
  EXPECT_THROW_TEXT((void)transpose(zeros({3})), ShapeError,
                    "transpose: needs two axes or more, got shape (3,)");
}

TEST(Join, PutsTogetherAndTakesApart) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(concat({x, x}, -1).str(), "[[0. 1. 2. 0. 1. 2.]\n [3. 4. 5. 3. 4. 5.]]");
  EXPECT_EQ(stack({x, x}, 1).shape(), (Shape{2, 2, 3}));
  EXPECT_EQ(split(x, 3, 1)[2].str(), "[[2.]\n [5.]]");
  EXPECT_EQ(take(x, tensor({-1, 0}, int64), 1).str(), "[[2. 0.]\n [5. 3.]]");
  EXPECT_EQ(put_add(tensor({1, 2, 4}), tensor({1, 1, 0}, int64), 0, 3).str(), "[4. 3. 0.]");
  EXPECT_EQ(pad(tensor({1}), {{1, 2}}, 7).str(), "[7. 1. 7. 7.]");
  EXPECT_EQ(where(x > 2.0, x, tensor(-1.0)).str(), "[[-1. -1. -1.]\n [ 3.  4.  5.]]");
  EXPECT_THROW_TEXT((void)concat({x, zeros({3, 3})}, 1), ShapeError,
                    "concat: part 0 has shape (2, 3) and part 1 shape (3, 3)");
  EXPECT_THROW_TEXT((void)take(x, tensor({3}, int64), 1), IndexError,
                    "take: index 3 is out of range for axis 1 of extent 3");
  EXPECT_THROW_TEXT((void)split(x, 2, 1), ShapeError,
                    "split: axis 1 of shape (2, 3) cannot be divided into 2 equal parts");
  EXPECT_THROW_TEXT((void)where(x, x, x), DTypeError, "where: the condition must be uint8");
}

// Big sizes that take turns: more than ever is in use at once, but no more than the pool holds.
TEST(Memory, KeepsSizesThatTakeTurns) {
  memory::trim();
  const std::size_t large =
      std::max(std::size_t{448} << 20, static_cast<std::size_t>(memory::stats().peak_bytes_in_use));
  const auto round = [&] {
    for (const std::size_t bytes : {large, large / 2, large / 4})
      memory::release(memory::allocate(bytes), bytes);
  };
  round();
  const std::int64_t before = memory::stats().system_allocations;
  for (int i = 0; i < 3; ++i) round();
  EXPECT_EQ(memory::stats().system_allocations, before);
  memory::trim();
}

TEST(Memory, IsReusedInTheSteadyState) {
  const auto work = [] {
    for (int i = 0; i < 10; ++i) (void)(counting({100, 100}) * 2.0 + 1.0);
  };
  work();
  const std::int64_t before = memory::stats().system_allocations;
  work();
  EXPECT_EQ(memory::stats().system_allocations, before);
  memory::trim();
  EXPECT_EQ(memory::stats().bytes_cached, 0);
}

TEST(Memory, GivesDistinctAlignedBlocksOfEverySize) {
  std::vector<std::pair<void*, std::size_t>> blocks;
  for (std::size_t bytes = 1; bytes < 5'000'000; bytes += bytes / 3 + 1) {
    auto* const block = static_cast<std::byte*>(memory::allocate(bytes));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 64, 0U);
    block[0] = block[bytes - 1] = std::byte{1};
    blocks.emplace_back(block, bytes);
  }
  for (const auto& [block, bytes] : blocks) memory::release(block, bytes);
}

TEST(Threads, RunEveryPieceOnceAndPassErrorsOn) {
  const int before = num_threads();
  for (const int threads : {1, 2, 4}) {
    set_num_threads(threads);
    EXPECT_EQ(num_threads(), threads);
    std::vector<std::atomic<int>> seen(1000);
    parallel_for(1000, [&](std::int64_t i) { ++seen[static_cast<std::size_t>(i)]; });
    for (const auto& count : seen) EXPECT_EQ(count.load(), 1);
    EXPECT_THROW(parallel_for(10,
                              [](std::int64_t i) {
                                if (i == 7) throw DataError("seven");
                              }),
                 DataError);
    parallel_for(4,
                 [](std::int64_t) { parallel_for(4, [](std::int64_t) {}); });  // nested: stays on its thread
  }
  set_num_threads(before);
  EXPECT_THROW_TEXT(set_num_threads(0), DataError,
                    "set_num_threads: needs between 1 and 1024 threads, got 0");
}

TEST(Threads, FlushDenormalsInsideAndRestoreOutside) {
  volatile float small = 1e-38F;
  parallel_for(1, [&](std::int64_t) { EXPECT_EQ(small * 0.01F, 0.0F); });
  EXPECT_GT(small * 0.01F, 0.0F);
}

TEST(Philox, GivesRandom123sBits) {
  std::array<std::uint32_t, 64> bits{};
  const std::int64_t group = 1234567;
  fill_bits(bits.data(), 64 * group, 64, 42, 7);
  for (std::uint64_t c = 0; c < 16; ++c) {
    const std::uint64_t counter = 16 * static_cast<std::uint64_t>(group) + c;
    const r123::Philox4x32::ctr_type in{
        {static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), 7, 0}};
    const auto block = r123::Philox4x32()(in, {{42, 0}});
    for (std::size_t w = 0; w < 4; ++w) EXPECT_EQ(bits.at(16 * w + c), block[w]);
  }
}

TEST(Random, DependsOnSeedAndPositionAlone) {
  const auto draw = [](int threads, std::uint64_t seed) {
    set_num_threads(threads);
    Generator g(seed);
    return normal({100'000}, 1.0, 2.0, g);
  };
  const int before = num_threads();
  const Tensor one = draw(1, 5);
  for (const int threads : {2, 3, 4}) EXPECT_EQ(min(one == draw(threads, 5)).item(), 1.0);
  EXPECT_LT(mean((one == draw(1, 6)).to(float32)).item(), 0.01);
  set_num_threads(before);
  EXPECT_NEAR(mean(one).item(), 1.0, 0.03);
  EXPECT_NEAR(std(one).item(), 2.0, 0.03);
}

TEST(Random, FollowsItsDistributionAndResumes) {
  Generator g(11);
  const Tensor u = uniform({100'000}, -1.0, 3.0, g);
  EXPECT_GE(min(u).item(), -1.0);
  EXPECT_LT(max(u).item(), 3.0);
  EXPECT_NEAR(mean(u).item(), 1.0, 0.02);
  EXPECT_NEAR(mean(bernoulli({100'000}, 0.3, g)).item(), 0.3, 0.01);
  const Tensor order = permutation(1000, g);
  std::set<double> seen;
  for (std::int64_t i = 0; i < 1000; ++i) seen.insert(order[i].item());
  EXPECT_EQ(seen.size(), 1000U);
  const Generator::State state = g.state();
  const Tensor next = normal({10}, 0, 1, g);
  g.set_state(state);
  EXPECT_EQ(normal({10}, 0, 1, g).str(), next.str());
  EXPECT_THROW_TEXT((void)normal({1}, 0, -1), DataError,
                    "normal: the standard deviation must not be negative, got -1");
  EXPECT_THROW_TEXT((void)bernoulli({1}, 1.5), DataError,
                    "bernoulli: the probability must be in [0, 1], got 1.5");
  EXPECT_THROW_TEXT((void)uniform({1}, 2, 1), DataError, "uniform: needs low <= high");
}

}  // namespace
}  // namespace hourglass
