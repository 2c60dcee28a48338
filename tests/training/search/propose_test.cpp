#include "small_search.h"

#include <hourglass/training/search/internal/propose.h>

#include <map>

namespace hourglass::training::detail {
namespace {

TEST(Parzen, DensityOfARangeIsTheMixtureOfThePaper) {
  // Places 2 and 3 in [0, 10]: the neighbours of 2 are 0 and 3, those of 3 are 2 and 10; with two places the
  // least σ is 10 / 3.
  const Axis axis = Axis::range("x", 0.0, 10.0);
  const Parzen parzen(axis, {3.0, 2.0});
  const auto phi = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  const auto cut = [&](double x, double mean, double sigma) {
    const double density = std::exp(-0.5 * std::pow((x - mean) / sigma, 2)) / (sigma * std::sqrt(2 * M_PI));
    return density / (phi((10 - mean) / sigma) - phi(-mean / sigma));
  };
  for (const double x : {0.0, 1.0, 2.5, 9.0, 10.0})
    EXPECT_NEAR(parzen.density(x), (0.1 + cut(x, 2.0, 10.0 / 3.0) + cut(x, 3.0, 7.0)) / 3.0, 1e-12) << x;
}

TEST(Parzen, DensityOfALogarithmIntegratesToOne) {
  const Axis axis = Axis::log_range("x", 1e-4, 10.0);
  const Parzen parzen(axis, {1e-3, 2e-3, 1.0, 1e-4});
  const double a = std::log(1e-4), b = std::log(10.0);
  constexpr int kSteps = 20000;
  double sum = 0.0;
  for (int i = 0; i < kSteps; ++i) sum += parzen.density(std::exp(a + (b - a) * (i + 0.5) / kSteps));
  EXPECT_NEAR(sum * (b - a) / kSteps, 1.0, 1e-6);
}

TEST(Parzen, OfAListCountsAreAddedToOne) {
  const Axis axis = Axis::values("x", {"a", "b", "c"});
  const Parzen parzen(axis, {2.0, 2.0, 0.0});
  EXPECT_DOUBLE_EQ(parzen.density(0.0), 2.0 / 6.0);
  EXPECT_DOUBLE_EQ(parzen.density(1.0), 1.0 / 6.0);
  EXPECT_DOUBLE_EQ(parzen.density(2.0), 3.0 / 6.0);
}

// How often draws fall into each bin is what the density says.
TEST(Parzen, DrawsFollowTheDensity) {
  const Axis axis = Axis::range("x", -1.0, 1.0);
  const Parzen parzen(axis, {0.5, 0.55, 0.6, -0.9, 1.0});
  constexpr int kBins = 8, kDraws = 20000, kPoints = 200;
  std::vector<double> drawn(kBins), expected(kBins);
  Numbers numbers(3, 7);
  for (int i = 0; i < kDraws; ++i) {
    const double x = parzen.draw(numbers);
    ASSERT_TRUE(axis.contains(x));
    drawn[static_cast<std::size_t>(std::min(kBins - 1.0, std::floor((x + 1.0) / 2.0 * kBins)))] += 1.0;
  }
  for (int i = 0; i < kBins * kPoints; ++i)
    expected[static_cast<std::size_t>(i / kPoints)] +=
        parzen.density(-1.0 + 2.0 * (i + 0.5) / (kBins * kPoints)) * 2.0 / (kBins * kPoints);
  for (std::size_t i = 0; i < kBins; ++i)
    EXPECT_NEAR(drawn[i] / kDraws, expected[i], 4.0 * std::sqrt(expected[i] / kDraws)) << i;
}

TEST(Propose, WholeNumbersAndListsHaveTheSameRoomEach) {
  const Space space({Axis::integers("n", -2, 2), Axis::values("k", {"a", "b"})});
  std::map<Places, int> counts;
  for (std::int64_t i = 0; i < 5000; ++i) {
    Numbers numbers(1, i);
    ++counts[propose_at_random(space, numbers)];
  }
  ASSERT_EQ(counts.size(), 10U);
  for (const auto& [places, count] : counts) EXPECT_NEAR(count, 500, 100) << *places[0];
}

TEST(Propose, IsAFunctionOfSeedAndTrial) {
  const Space space(hill_axes());
  Numbers one(1, 5), same(1, 5), other(1, 6), seed(2, 5);
  const Places places = propose_at_random(space, one);
  EXPECT_EQ(places, propose_at_random(space, same));
  EXPECT_NE(places, propose_at_random(space, other));
  EXPECT_NE(places, propose_at_random(space, seed));
  EXPECT_NE(Numbers(1, 5).seed_of_trial(), Numbers(1, 6).seed_of_trial());
}

TEST(Propose, GoesWhereGoodTrialsAre) {
  const Space space({Axis::range("x", 0.0, 1.0), Axis::values("k", {"a", "b", "c"}),
                     Axis::range("y", 0.0, 1.0).when("k", {"b"})});
  std::vector<Places> tried;
  tried.reserve(24);
  for (int i = 0; i < 4; ++i) tried.push_back({0.8 + 0.02 * i, 1.0, 0.1});
  for (int i = 0; i < 20; ++i) tried.push_back({0.05 * i, i % 2 == 0 ? 0.0 : 2.0, std::nullopt});
  Ranking ranking;
  for (const Places& p : tried) ranking.places.push_back(&p);
  ranking.good = 4;
  int near = 0, b = 0;
  for (std::int64_t i = 0; i < 50; ++i) {
    Numbers numbers(1, i);
    const Places places = propose_by_parzen(space, ranking, 24, numbers);
    ASSERT_TRUE(space.contains(places));
    near += std::abs(*places[0] - 0.83) < 0.15 ? 1 : 0;
    b += *places[1] == 1.0 ? 1 : 0;
  }
  EXPECT_GT(near, 25);  // of 50 at random 15 would be
  EXPECT_GT(b, 40);
}

}  // namespace
}  // namespace hourglass::training::detail
