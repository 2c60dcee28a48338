#include "small_search.h"

#include <hourglass/training/search/internal/space.h>

namespace hourglass::training {
namespace {

using ::testing::ElementsAre;

TEST(SearchAxis, GridHasTheEndsAndWhatLiesBetween) {
  EXPECT_THAT(Axis::range("x", 0.0, 1.0, 5).grid(), ElementsAre(0.0, 0.25, 0.5, 0.75, 1.0));
  EXPECT_THAT(Axis::log_range("x", 0.001, 0.1, 3).grid(), ElementsAre(0.001, 0.01, 0.1));
  EXPECT_THAT(Axis::integers("x", 1, 3).grid(), ElementsAre(1.0, 2.0, 3.0));
  EXPECT_THAT(Axis::log_integers("x", 8, 128).grid(), ElementsAre(8.0, 16.0, 32.0, 64.0, 128.0));
  EXPECT_THAT(Axis::values("x", {"a", "b"}).grid(), ElementsAre(0.0, 1.0));
}

TEST(SearchAxis, IsReadFromText) {
  EXPECT_EQ(Axis::from_text("code=1,2,8").str(), Axis::values("code", {1, 2, 8}).str());
  EXPECT_EQ(Axis::from_text("f=relu,tanh").str(), Axis::values("f", {"relu", "tanh"}).str());
  EXPECT_EQ(Axis::from_text("tied=true,false").str(), Axis::values("tied", {true, false}).str());
  EXPECT_EQ(Axis::from_text("batch=8..64").str(), Axis::integers("batch", 8, 64).str());
  EXPECT_EQ(Axis::from_text("batch=8..64:log").str(), Axis::log_integers("batch", 8, 64).str());
  EXPECT_EQ(Axis::from_text("noise=0.0..0.5").str(), Axis::range("noise", 0.0, 0.5).str());
  EXPECT_EQ(Axis::from_text("adam.learning_rate=1e-4..1:log").str(),
            Axis::log_range("adam.learning_rate", 1e-4, 1.0).str());
  for (const char* const bad :
       {"", "code", "=1", "code=", "code=1..x", "code=a..b", "code=..", "code=1..2:lin"}) {
    EXPECT_THROW_TEXT(static_cast<void>(Axis::from_text(bad)), DataError, "Axis: ");
  }
  EXPECT_THROW_TEXT(static_cast<void>(Axis::from_text("code=5..2")), DataError,
                    "from 5 to 2; needs finite numbers");
}

TEST(SearchAxis, RefusesWhatIsNone) {
  EXPECT_THROW_TEXT(static_cast<void>(Axis::values("x", {})), DataError, "x has no values");
  EXPECT_THROW_TEXT(static_cast<void>(Axis::values("x", {1, 2, 1})), DataError, "has the value 1 twice");
  EXPECT_THROW_TEXT(static_cast<void>(Axis::values("", {1})), DataError, "the name is empty");
  EXPECT_THROW_TEXT(static_cast<void>(Axis::range("x", 1.0, 1.0)), DataError, "from 1 to 1");
  EXPECT_THROW_TEXT(static_cast<void>(Axis::range("x", 0.0, INFINITY)), DataError, "from 0 to inf");
  EXPECT_THROW_TEXT(static_cast<void>(Axis::range("x", std::nan(""), 1.0)), DataError, "from nan to 1");
  EXPECT_THROW_TEXT(static_cast<void>(Axis::log_range("x", 0.0, 1.0)), DataError, "needs numbers above 0");
  EXPECT_THROW_TEXT(static_cast<void>(Axis::log_integers("x", 0, 8)), DataError, "needs numbers above 0");
  EXPECT_THROW_TEXT(static_cast<void>(Axis::integers("x", 0, INT64_MAX)), DataError, "up to 2^53");
  EXPECT_THROW_TEXT(static_cast<void>(Axis::range("x", 0.0, 1.0, 1)), DataError, "has 1 points");
  EXPECT_THROW_TEXT(static_cast<void>(Axis::range("x", 0.0, 1.0, INT64_MAX)), DataError, "at most a million");
}

TEST(SearchSpace, AxesThatDependOnOthersFormATree) {
  const detail::Space space({Axis::values("noise", {"none", "masking", "gaussian"}),
                             Axis::range("strength", 0.0, 1.0, 2).when("noise", {"masking", "gaussian"}),
                             Axis::values("tied", {true, false})});
  const auto grid = space.grid();
  ASSERT_EQ(grid.size(), 2U + 2U * 2U * 2U);
  EXPECT_EQ(grid[0], (detail::Places{0.0, std::nullopt, 0.0}));
  EXPECT_EQ(grid[2], (detail::Places{1.0, 0.0, 0.0}));
  EXPECT_EQ(space.values(grid[0]).size(), 2U);
  for (const detail::Places& places : grid) EXPECT_TRUE(space.contains(places));
  EXPECT_FALSE(space.contains({0.0, 0.5, 0.0}));
  EXPECT_FALSE(space.contains({1.0, std::nullopt, 0.0}));
  EXPECT_FALSE(space.contains({1.0, 1.5, 0.0}));
  EXPECT_FALSE(space.contains({0.5, std::nullopt, 0.0}));
}

TEST(SearchSpace, RefusesAxesThatDoNotFit) {
  using detail::Space;
  const Axis a = Axis::values("a", {1, 2}), b = Axis::range("b", 0.0, 1.0);
  EXPECT_THROW_TEXT(Space({}), DataError, "there is no axis");
  EXPECT_THROW_TEXT(Space({a, a}), DataError, "there are two axes a");
  EXPECT_THROW_TEXT(Space({b.when("a", {1}), a}), DataError, "b depends on a, which is no list");
  EXPECT_THROW_TEXT(Space({b, a.when("b", {1})}), DataError, "a depends on b, which is no list");
  EXPECT_THROW_TEXT(Space({a, b.when("a", {3})}), DataError,
                    "being 3, which it never is; it is a one of 1, 2");
  const std::vector<Axis> large{Axis::range("x", 0, 1, 2000), Axis::range("y", 0, 1, 2000)};
  EXPECT_THROW_TEXT(static_cast<void>(Space(large).grid()), DataError, "more than 1000000 points");
}

}  // namespace
}  // namespace hourglass::training
