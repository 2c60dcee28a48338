// The example of docs/search.md, as written there.

#include "support/folder.h"

#include <hourglass/autoencoders.h>
#include <hourglass/data/tables/csv.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/search/pictures.h>
#include <hourglass/training/search/search.h>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;
namespace data = hourglass::data;
namespace training = hourglass::training;

namespace {

using hourglass::Folder;
using training::Axis;

// clang-format off
struct Choices {
  std::int64_t code = 2, batch = 32;
  hg::optim::AdamOptions adam{};
};
template <class V>
void visit(Choices& c, V&& v) { v("code", c.code), v("batch", c.batch), v("adam", c.adam); }
// clang-format on

TEST(SearchExample, FindsOptions) {
  const Folder of_the_test("search_example");
  const std::string folder = of_the_test.path;
  hg::Generator generator(1);
  const hg::Tensor x = hg::uniform({60, 8}, 0.0, 1.0, generator);
  const data::Batches validation(hg::uniform({20, 8}, 0.0, 1.0, generator));

  // clang-format off
  const auto run = [&](const Choices& c, training::Trial& trial) {
    ae::BasicAutoencoder model({.features = 8, .latent = c.code});
    hg::optim::Adam adam(c.adam);
    const data::Batches batches(x, {.batch_size = c.batch, .shuffle = true, .seed = trial.seed()});
    const auto loss = [&](const data::Batch& b) { return model.loss(b.x); };
    return trial.fit(model, adam, loss, batches, {.epochs = 20, .validation = &validation});
  };
  const training::SearchResult found = training::search(
      Choices{}, {Axis::integers("code", 1, 4), Axis::log_range("adam.learning_rate", 1e-4, 1e-1)}, run,
      {.trials = 30, .seed = 1, .median = training::MedianRule{}, .path = folder + "/search.h5"});
  const Choices best = found.best_options(Choices{});
  fmt::print("{}", found.str());
  data::write_csv(folder + "/trials.csv", found.table());
  training::draw_trials(folder, "trials", found);
  // clang-format on

  EXPECT_EQ(found.trials.size(), 30U);
  EXPECT_GT(best.code, 1);
  EXPECT_GT(best.adam.learning_rate.at(0), 1e-3);
}

TEST(SearchExample, ChoosesAmongSeveralFigures) {
  // clang-format off
  const auto figures = [](const Choices& c) -> training::Outcome {
    const auto code = static_cast<double>(c.code);
    return {{"auc", 0.9 + 0.01 * code}, {"parameters", 128.0 * code}};
  };
  const training::SearchResult found = training::search(
      Choices{}, {Axis::values("code", {2, 4, 8})}, figures,
      {.method = training::SearchMethod::grid, .monitor = {.name = "auc", .maximize = true}});
  const training::TrialRecord& smallest = found.best({.name = "parameters"});
  const auto front = found.front({{.name = "auc", .maximize = true}, {.name = "parameters"}});
  // clang-format on
  EXPECT_EQ(found.best().index, 2);
  EXPECT_EQ(smallest.index, 0);
  EXPECT_EQ(front.size(), 3U);
}

TEST(SearchExample, AxesFormATree) {
  // clang-format off
  const std::vector<Axis> axes{
      Axis::values("noise", {"none", "masking", "gaussian"}),
      Axis::range("strength", 0.05, 0.5).when("noise", {"masking", "gaussian"}),
      Axis::from_text("learning_rate=1e-4..1e-1:log")};
  // clang-format on
  EXPECT_EQ(axes[1].condition()->other, "noise");
  EXPECT_TRUE(axes[2].is_log());
}

}  // namespace
