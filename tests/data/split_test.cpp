// Arrays cut into two parts.

#include "support/expect_error.h"

#include <hourglass/data/split.h>
#include <hourglass/tensor/ops/factory.h>

#include <map>
#include <set>

namespace hourglass::data {
namespace {

std::vector<std::int64_t> values(const Tensor& x) {
  return {x.data<std::int64_t>(), x.data<std::int64_t>() + x.size()};
}

TEST(Split, CutsAllArraysAlike) {
  const Tensor x = arange(0, 40, 1, float32).view({20, 2}, {2, 1}), y = arange(0, 20, 1, int64);
  const auto [train, test] = split({x, y}, {.fraction = 0.25, .seed = 3});
  EXPECT_EQ(train[0].shape(), Shape({15, 2}));
  EXPECT_EQ(test[1].shape(), Shape({5}));
  std::set<std::int64_t> all;
  for (const auto* part : {&train, &test}) {
    for (std::int64_t i = 0; i < (*part)[1].size(); ++i) {
      const auto row = static_cast<std::int64_t>((*part)[1][i].item());
      EXPECT_EQ((*part)[0][i][1].item(), static_cast<double>(2 * row + 1));
      all.insert(row);
    }
  }
  EXPECT_EQ(all.size(), 20U);
  EXPECT_EQ(values(split({y}, {.fraction = 0.25, .seed = 3}).second[0]), values(test[1]));
  EXPECT_NE(values(split({y}, {.fraction = 0.25, .seed = 4}).second[0]), values(test[1]));
}

TEST(Split, GivesEachLabelItsShare) {
  Tensor y(Shape{100}, int64);
  for (std::int64_t i = 0; i < 100; ++i) y.mutable_data<std::int64_t>()[i] = i < 7 ? 9 : (i < 40 ? -1 : 4);
  for (const double fraction : {0.0, 0.1, 0.3, 0.5, 1.0}) {
    const Tensor second = split({y}, {.fraction = fraction, .labels = y}).second[0];
    EXPECT_EQ(second.size(), static_cast<std::int64_t>(100 * fraction + 0.5));
    std::map<std::int64_t, double> counts{{9, 0}, {-1, 0}, {4, 0}};
    for (const std::int64_t label : values(second)) ++counts[label];
    EXPECT_NEAR(counts[9], 7 * fraction, 1.0);
    EXPECT_NEAR(counts[-1], 33 * fraction, 1.0);
    EXPECT_NEAR(counts[4], 60 * fraction, 1.0);
  }
}

TEST(Split, SaysWhatIsWrong) {
  const Tensor x = zeros({4, 2});
  EXPECT_THROW_TEXT((void)split({}), DataError,
                    "split: needs at least one array, got none; give {x} or {x, y}");
  EXPECT_THROW_TEXT((void)split({x, zeros({3})}), ShapeError,
                    "got shapes (4, 2) and (3,); give one row of each");
  EXPECT_THROW_TEXT((void)split({x}, {.fraction = -0.1}), DataError,
                    "the fraction must be in [0, 1], got -0.1");
  EXPECT_THROW_TEXT((void)split({x}, {.labels = zeros({4})}), DTypeError, "labels must be int64");
  EXPECT_THROW_TEXT((void)split({x}, {.labels = zeros({3}, int64)}), ShapeError,
                    "labels must have shape (4,), one for each example, got (3,); argmax(y, 1) makes");
  EXPECT_EQ(split({zeros({0, 2})}).first[0].shape(), Shape({0, 2}));
}

}  // namespace
}  // namespace hourglass::data
