#include "small_search.h"

#include <hourglass/data/batches.h>
#include <hourglass/data/tables/csv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/training/search/pictures.h>

#include <atomic>
#include <set>
#include <stdexcept>

namespace hourglass::training {
namespace {

using ::testing::HasSubstr;

SearchOptions silent(SearchMethod method, std::int64_t trials, std::uint64_t seed = 1) {
  return {.method = method, .trials = trials, .seed = seed, .verbose = Verbose::silent};
}

// A training with weights, dropout and shuffling, all of which draw random numbers.
History train(const Choices& c, Trial& trial) {
  Generator data(5);
  const data::Batches batches(uniform({30, 4}, 0.0, 1.0, data),
                              {.batch_size = 8, .shuffle = true, .seed = trial.seed()});
  nn::Sequential model{nn::Dense(4, c.n, {.activation = tanh}), nn::Dropout(0.2), nn::Dense(c.n, 4)};
  optim::Adam adam(c.adam);
  const auto loss = [&](const data::Batch& b) { return nn::mean_squared_error(model(b.x), b.x); };
  return trial.fit(model, adam, loss, batches, {.epochs = 6, .validation = &batches});
}
std::vector<Axis> train_axes() {
  return {Axis::integers("n", 1, 6), Axis::log_range("adam.learning_rate", 1e-4, 1.0)};
}

TEST(Search, AGridTriesEveryCombinationOnce) {
  const auto found = search(Choices{.n = 12},
                            {Axis::values("x", {0.0, 0.3}), Axis::values("kind", {"good", "bad", "plain"})},
                            hill, silent(SearchMethod::grid, 0));
  ASSERT_EQ(found.trials.size(), 6U);
  EXPECT_EQ(found.best().index, 3);
  const Choices best = found.best_options(Choices{.n = 12});
  EXPECT_EQ(best.x, 0.3);
  EXPECT_EQ(best.kind, "good");
  EXPECT_EQ(best.n, 12);
  EXPECT_EQ(
      search(Choices{}, {Axis::values("x", {0, 1, 2})}, hill, silent(SearchMethod::grid, 2)).trials.size(),
      2U);
}

TEST(Search, MaximisesToo) {
  auto options = silent(SearchMethod::random, 30);
  options.monitor = {.name = "height", .maximize = true};
  const auto found = search(
      Choices{}, hill_axes(), [](const Choices& c) { return -hill(c); }, options);
  for (const TrialRecord& t : found.trials) EXPECT_LE(*t.find("height"), *found.best().find("height"));
  options.method = SearchMethod::tpe;
  options.trials = 80;
  const auto better = search(
      Choices{}, hill_axes(), [](const Choices& c) { return -hill(c); }, options);
  EXPECT_GT(*better.best().find("height"), -0.2);
}

TEST(Search, TheParzenEstimatorIsBetterThanChance) {
  double chance = 0.0, parzen = 0.0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto best = [&](SearchMethod method) {
      const auto found = search(Choices{}, hill_axes(), hill, silent(method, 60, seed));
      return *found.best().find("val_loss");
    };
    chance += best(SearchMethod::random), parzen += best(SearchMethod::tpe);
  }
  EXPECT_LT(parzen, 0.5 * chance) << parzen << " " << chance;
}

TEST(Search, IsTheSameForAnyNumberOfThreads) {
  for (const SearchMethod method : {SearchMethod::random, SearchMethod::tpe}) {
    auto options = silent(method, 21);
    options.batch = 4;
    options.parzen.startup = 6;
    options.median = MedianRule{.first_epoch = 2, .least_trials = 3};
    const auto run = [&](int threads) {
      const Threads set(threads);
      return search(Choices{}, train_axes(), train, options);
    };
    const SearchResult one = run(1);
    EXPECT_EQ(one.trials.size(), 21U);
    for (const int threads : {2, 3, 4}) EXPECT_TRUE(run(threads) == one) << threads;
    options.parallel = false;
    EXPECT_TRUE(run(2) == one);
    const auto stopped = [](const TrialRecord& t) { return t.status == TrialStatus::stopped; };
    EXPECT_GT(std::count_if(one.trials.begin(), one.trials.end(), stopped), 0);
    EXPECT_FALSE(search(Choices{}, train_axes(), train, silent(method, 21, 2)) == one);
  }
}

TEST(Search, TheSeedOfATrialGivesItsBitsAgain) {
  const auto found = search(Choices{}, train_axes(), train, silent(SearchMethod::random, 5));
  const TrialRecord& best = found.best();
  const SearchOptions options;
  Trial again(TrialRecord{.seed = best.seed}, options, {});
  set_seed(best.seed);
  EXPECT_EQ(train(found.best_options(Choices{}), again).epochs.back().val_loss, best.find("val_loss"));
}

TEST(Search, LeavesTheDefaultGeneratorsAlone) {
  set_seed(7);
  static_cast<void>(uniform({3}));
  const auto before = default_generator().state();
  for (const int threads : {1, 3}) {
    const Threads set(threads);
    static_cast<void>(search(Choices{}, train_axes(), train, silent(SearchMethod::random, 5)));
    const auto after = default_generator().state();
    EXPECT_EQ(after.seed, before.seed);
    EXPECT_EQ(after.draws, before.draws);
  }
}

TEST(Search, FailuresAreRecordedAndTheSearchGoesOn) {
  const auto run = [](const Choices& c) -> Outcome {
    switch (c.n) {
      case 1:
        throw std::runtime_error("this one fails");
      case 2:
        throw 42;
      case 3:
        return std::nan("");
      case 4:
        return {{"other", 1.0}};
      case 5:
        return INFINITY;
      default:
        return static_cast<double>(c.n);
    }
  };
  const auto found =
      search(Choices{}, {Axis::values("n", {1, 2, 3, 4, 5, 7, 6})}, run, silent(SearchMethod::grid, 0));
  ASSERT_EQ(found.trials.size(), 7U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(found.trials[i].status, TrialStatus::failed) << i;
  EXPECT_EQ(found.trials[0].error, "this one fails");
  EXPECT_THAT(found.trials[1].error, HasSubstr("no std::exception"));
  EXPECT_EQ(found.trials[2].error, "val_loss is nan");
  EXPECT_THAT(found.trials[3].error, HasSubstr("gives no figure \"val_loss\""));
  EXPECT_EQ(found.trials[4].error, "val_loss is inf");
  EXPECT_EQ(found.best().index, 6);
  EXPECT_THAT(found.str(), HasSubstr("7 trials: 2 finished, 0 stopped early, 5 failed"));
  EXPECT_THAT(found.str(), HasSubstr("trial 1 failed: this one fails"));

  const auto none = search(Choices{}, {Axis::values("n", {1, 2})}, run, silent(SearchMethod::grid, 0));
  EXPECT_THROW_TEXT(static_cast<void>(none.best()), DataError, "trial 1 failed with: this one fails");
}

TEST(Search, ALossThatBecomesNanFailsItsTrialAlone) {
  const auto found = search(Choices{}, {Axis::values("adam.learning_rate", {0.01, 1e38})}, train,
                            silent(SearchMethod::grid, 0));
  EXPECT_EQ(found.trials[0].status, TrialStatus::finished);
  EXPECT_EQ(found.trials[1].status, TrialStatus::failed);
  EXPECT_FALSE(found.trials[1].error.empty());
}

TEST(Search, TheParzenEstimatorLivesWithTrialsThatFail) {
  auto options = silent(SearchMethod::tpe, 40);
  const auto found = search(
      Choices{}, hill_axes(),
      [](const Choices& c) {
        if (c.x < 0.0) throw std::runtime_error("left");
        return hill(c);
      },
      options);
  int late = 0;
  for (const TrialRecord& t : found.trials) late += t.index >= 24 && t.status == TrialStatus::failed ? 1 : 0;
  EXPECT_LT(late, 5);
  options.trials = 20;
  const auto none = search(
      Choices{}, hill_axes(), [](const Choices&) -> double { throw std::runtime_error("all"); }, options);
  EXPECT_EQ(none.trials.size(), 20U);
}

TEST(Search, NoPointIsTriedTwiceWhileThereAreOthers) {
  const std::vector<Axis> axes{Axis::integers("n", 1, 5), Axis::values("kind", {"good", "bad"})};
  for (const SearchMethod method : {SearchMethod::random, SearchMethod::tpe}) {
    auto options = silent(method, 9);
    options.parzen.startup = options.batch = 3;
    std::set<std::vector<std::optional<double>>> places;
    for (const TrialRecord& t : search(Choices{}, axes, hill, options).trials) places.insert(t.places);
    EXPECT_GE(places.size(), 8U);
    options.trials = 15;  // more than there are points: it ends all the same
    EXPECT_EQ(search(Choices{}, axes, hill, options).trials.size(), 15U);
  }
}

// Trial i reports i mod 4 in each of ten epochs, or the same below 0 where much is good; batches of four.
void expect_the_worse_half_stopped(bool maximize) {
  auto options = silent(SearchMethod::random, 12);
  options.batch = 4;
  options.monitor.maximize = maximize;
  options.median = MedianRule{.first_epoch = 3, .least_trials = 4};
  const auto found = search(
      Choices{}, {Axis::range("x", 0.0, 1.0)},
      [&](const Choices&, Trial& trial) {
        const double figure = (maximize ? -1.0 : 1.0) * static_cast<double>(trial.index() % 4);
        for (int epoch = 0; epoch < 10; ++epoch) {
          if (trial.report(figure)) break;
        }
        return figure;
      },
      options);
  for (const TrialRecord& t : found.trials) {
    // The median of 0, 1, 2, 3 is 1.5; once 2 and 3 have been stopped, that of 0, 1, 2, 3, 0, 1, 2, 3 at
    // epoch 3 is the same.
    const bool stops = t.index >= 4 && t.index % 4 >= 2;
    EXPECT_EQ(t.status, stops ? TrialStatus::stopped : TrialStatus::finished) << t.index;
    EXPECT_EQ(t.curve.size(), stops ? 3U : 10U) << t.index;
  }
  EXPECT_EQ(found.best().index, 0);
}
TEST(Search, TheMedianRuleComparesWithCompleteBatches) {
  expect_the_worse_half_stopped(false);
  expect_the_worse_half_stopped(true);
}

TEST(Search, OtherFiguresAreKeptAndChosenBy) {
  const auto found = search(
      Choices{}, {Axis::values("n", {1, 2, 3, 4})},
      [](const Choices& c) -> Outcome {
        const auto n = static_cast<double>(c.n);
        return {{"val_loss", 5.0 - n + (c.n == 3 ? 2.0 : 0.0)}, {"parameters", 10.0 * n}, {"auc", 0.1 * n}};
      },
      silent(SearchMethod::grid, 0));
  EXPECT_EQ(found.best().index, 3);
  EXPECT_EQ(found.best({.name = "parameters"}).index, 0);
  EXPECT_EQ(found.best({.name = "auc", .maximize = true}).index, 3);
  std::vector<std::int64_t> front;
  for (const TrialRecord* const t : found.front({{.name = "val_loss"}, {.name = "parameters"}}))
    front.push_back(t->index);
  EXPECT_THAT(front, testing::ElementsAre(0, 1, 3));
  EXPECT_THROW_TEXT(static_cast<void>(found.best({.name = "f1"})), DataError,
                    "there are: val_loss, parameters, auc");
}

TEST(Search, OptionsThatDoNotFitAreErrorsBeforeAnyTrial) {
  std::atomic<int> runs{0};
  const auto run = [&](const Choices& c) { return ++runs, hill(c); };
  const auto with = [&](const Axis& axis) {
    static_cast<void>(search(Choices{}, {axis}, run, silent(SearchMethod::random, 3)));
  };
  EXPECT_THROW_TEXT(with(Axis::range("rate", 0.0, 1.0)), DataError,
                    "there is no option rate; there are: x, n");
  EXPECT_THROW_TEXT(with(Axis::range("n", 1.0, 2.5)), DataError,
                    "the option n is 1; expected a whole number");
  EXPECT_THROW_TEXT(with(Axis::values("x", {0.5, true})), DataError, "is true; expected a number");
  const auto option = [&](auto set) {
    SearchOptions options = silent(SearchMethod::tpe, 3);
    set(options);
    static_cast<void>(search(Choices{}, hill_axes(), run, options));
  };
  EXPECT_THROW_TEXT(option([](auto& o) { o.trials = -1; }), DataError,
                    "search: trials must not be negative, got -1");
  EXPECT_THROW_TEXT(option([](auto& o) { o.batch = 0; }), DataError, "batch must be at least 1");
  EXPECT_THROW_TEXT(option([](auto& o) { o.parzen.good = 1.0; }), DataError, "between 0 and 1, got 1");
  EXPECT_THROW_TEXT(option([](auto& o) { o.median = {.first_epoch = 0}; }), DataError, "median.first_epoch");
  EXPECT_EQ(runs, 0);
}

TEST(Search, OptionsMayBeKnownByTheirNamesAlone) {
  const auto run = [](Trial& trial) -> Outcome {
    Choices choices;
    optim::AdamOptions adam;
    set_options(choices, {trial.values()[0]}, "choices");
    set_options(adam, {trial.values()[1]}, "Adam");
    choices.adam = adam;
    return hill(choices);
  };
  const std::vector<Axis> axes{Axis::from_text("x=-1.0..1.0"),
                               Axis::from_text("learning_rate=1e-5..1e0:log")};
  const auto found = search(axes, run, silent(SearchMethod::random, 5));
  EXPECT_EQ(found.best().values[1].name, "learning_rate");
}

TEST(Search, TheOptionsOfASearchAreOptionsThemselves) {
  SearchOptions options;
  set_options(options,
              {{"method", "grid"}, {"monitor", "auc"}, {"maximize", true}, {"median.first_epoch", 9}},
              "search");
  EXPECT_EQ(options.method, SearchMethod::grid);
  EXPECT_EQ(options.monitor.name, "auc");
  EXPECT_TRUE(options.monitor.maximize);
  EXPECT_EQ(options.median->first_epoch, 9);
}

TEST(Search, TableAndPictureShowAllTrials) {
  const Folder folder("search_pictures");
  auto options = silent(SearchMethod::random, 20);
  const auto found = search(
      Choices{}, hill_axes(),
      [](const Choices& c) {
        if (c.n == 5) throw Error("line one\nline \"two\", with a comma");
        return hill(c);
      },
      options);
  const bool drawn = draw_trials(folder.path, "trials", found);
  if (std::system("gnuplot --version > /dev/null 2>&1") == 0) {
    EXPECT_TRUE(drawn);
  }
  const data::Table table = data::read_csv(folder / "trials.csv");
  EXPECT_EQ(table.rows(), 20);
  EXPECT_THAT(table.names(), testing::ElementsAre("trial", "x", "adam.learning_rate", "n", "kind", "val_loss",
                                                  "status", "epochs_done", "seconds", "error"));
  for (const TrialRecord& t : found.trials)
    EXPECT_EQ(table["x"].values()[t.index].item(), *t.places[0]);  // to the last digit
  EXPECT_THAT(text_of(folder / "trials.gp"), HasSubstr("'kind'"));
  EXPECT_EQ(std::filesystem::exists(folder / "trials.png"), drawn);
}

}  // namespace
}  // namespace hourglass::training
