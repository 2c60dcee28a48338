// Windows, batches by length, drawn heartbeats.

#include "support/expect_error.h"
#include "support/folder.h"

#include <hourglass/data/heartbeats.h>
#include <hourglass/data/sequences.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <set>

namespace hourglass::data {
namespace {

TEST(Windows, AreCutWithTheirStride) {
  const Tensor series = arange(0.0, 10.0);
  EXPECT_EQ(reshape(windows(series, {.window = 4, .stride = 3}), {3, 4}).str(),
            tensor({{0, 1, 2, 3}, {3, 4, 5, 6}, {6, 7, 8, 9}}).str());
  EXPECT_EQ(reshape(windows(series, {.window = 4, .stride = 4}), {2, 4}).str(),
            tensor({{0, 1, 2, 3}, {4, 5, 6, 7}}).str());
  EXPECT_EQ(windows(zeros({10, 3}), {.window = 10}).shape(), (Shape{1, 10, 3}));
  EXPECT_THROW_TEXT((void)windows(series, {.window = 11}), ShapeError, "has no window of 11 steps");
  EXPECT_THROW_TEXT((void)windows(series, {.window = 0}), DataError, "must be at least 1, got 0 and 1");
  EXPECT_THROW_TEXT((void)windows(zeros({2, 3, 4})), ShapeError, "needs a series (T, F) or (T,)");
}

Sequences made(std::int64_t n) {
  std::vector<Tensor> each;
  for (std::int64_t i = 0; i < n; ++i) each.push_back(full({1 + (7 * i) % 12, 2}, static_cast<double>(i)));
  return sequences(each);
}

TEST(SequenceBatches, HoldEachSequenceOnceWithLittlePadding) {
  const Sequences all = made(50);
  EXPECT_EQ(all.x.shape(), (Shape{50, 12, 2}));
  const SequenceBatches batches(all, {.batch_size = 8, .shuffle = true, .seed = 4});
  EXPECT_EQ(batches.batch_count(), 7);
  std::string before;
  for (const std::int64_t epoch : {0, 1, 0}) {
    std::multiset<double> seen;
    std::string now;
    std::int64_t padding = 0;
    for (const Batch& batch : batches.epoch(epoch)) {
      std::int64_t longest = 0;
      for (std::int64_t i = 0; i < batch.x.shape(0); ++i) {
        const auto length = static_cast<std::int64_t>(batch.y[i].item());
        longest = std::max(longest, length);
        seen.insert(batch.x[i][0][0].item());
        EXPECT_EQ(batch.x[i][length - 1][1].item(), batch.x[i][0][0].item());
        EXPECT_TRUE(length == batch.x.shape(1) || std::isnan(batch.x[i][length][0].item()));
        padding += batch.x.shape(1) - length;
      }
      EXPECT_EQ(longest, batch.x.shape(1));
      now += batch.x.str();
    }
    EXPECT_EQ(seen.size(), 50U);
    EXPECT_EQ(std::set<double>(seen.begin(), seen.end()).size(), 50U);
    EXPECT_LE(padding, 50);  // of 600 steps
    EXPECT_TRUE(before.empty() || (now == before) == (epoch == 0));
    if (epoch == 0) before = now;
  }
}

TEST(SequenceBatches, ReportWhatDoesNotFit) {
  EXPECT_THROW_TEXT((void)sequences({}), DataError, "sequences: there is none");
  EXPECT_THROW_TEXT((void)sequences({zeros({3, 2}), zeros({3, 1})}), ShapeError,
                    "has 1 features, the first 2");
  EXPECT_THROW_TEXT((void)sequences({zeros({3, 2}), zeros({0, 2})}), DataError, "sequence 1 has no step");
  EXPECT_THROW_TEXT(SequenceBatches(made(3), {.batch_size = 0}), DataError, "at least 1, got 0");
  EXPECT_THROW_TEXT(SequenceBatches({zeros({2, 3, 1}), tensor({1, 4}, int64)}), DataError,
                    "sequence 1 has length 4, but there are 3 steps");
}

TEST(Heartbeats, AreDrawnAlikeForTheSameSeed) {
  const Heartbeats a = drawn_heartbeats(), b = drawn_heartbeats(), other = drawn_heartbeats({.seed = 2});
  EXPECT_EQ(max(abs(a.x - b.x)).item(), 0.0);
  EXPECT_GT(max(abs(a.x - other.x)).item(), 0.0);
  EXPECT_EQ(a.x.shape(), (Shape{500, 140, 1}));
  EXPECT_EQ(sum(equal(a.labels, 1.0).to(float64)).item(), 292.0);
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const bool normal = a.labels[i].item() == 1.0;
    EXPECT_EQ(sum(a.wrong_steps[i].to(float64)).item() > 0.0, !normal);
    EXPECT_NEAR(mean(a.x[i]).item(), 0.0, 1e-5);
  }
  EXPECT_THROW_TEXT((void)drawn_heartbeats({.steps = 3}), DataError, "got 3 steps");
}

TEST(Heartbeats, AreReadFromAFile) {
  const Folder folder("hourglass_heartbeats");
  std::ofstream(folder / "beats.csv") << "label,t0,t1\n1,0.5,-1\n2,3,4\n";
  const Heartbeats beats = heartbeats(folder / "beats.csv");
  EXPECT_EQ(beats.name, "beats");
  EXPECT_EQ(reshape(beats.x, {2, 2}).str(), tensor({{0.5, -1}, {3, 4}}).str());
  EXPECT_EQ(beats.labels.str(), tensor({1, 2}, int64).str());
  std::ofstream(folder / "none.csv") << "t0,t1\n1,0.5\n";
  EXPECT_THROW_TEXT((void)heartbeats(folder / "none.csv"), DataError, "has no column \"label\"");
}

}  // namespace
}  // namespace hourglass::data
