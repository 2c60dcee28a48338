#include "small_search.h"

#include <hourglass/training/checkpoint.h>

#include <atomic>
#include <csignal>

namespace hourglass::training {
namespace {

namespace fs = std::filesystem;

SearchOptions options_for(const std::string& path, std::int64_t trials = 20) {
  SearchOptions options{.trials = trials, .seed = 3, .batch = 6, .path = path, .verbose = Verbose::silent};
  options.parzen.startup = 7;
  options.median = MedianRule{.first_epoch = 2, .least_trials = 3};
  return options;
}

Outcome climb(const Choices& c, Trial& trial) {
  for (int epoch = 0; epoch < 5; ++epoch) {
    if (trial.report(hill(c) + 1.0 / (1.0 + epoch))) break;
  }
  return {{"val_loss", hill(c) + 0.01 * uniform({1}).item()}, {"other", std::nan("")}};
}

// A copy of the file, taken while a trial runs, is what a kill at that instant leaves.
TEST(SearchResume, FromAnyInstantItEndsWithTheSameBits) {
  const Folder folder("search_resume");
  const SearchResult straight = search(Choices{}, hill_axes(), climb, options_for(""));
  for (const int at : {0, 1, 5, 6, 9, 13, 19}) {
    for (const int threads : {1, 3}) {
      const Threads set(threads);
      const std::string path = folder / "search.h5", killed = folder / "killed.h5";
      fs::remove(path), fs::remove(killed);
      static_cast<void>(search(
          Choices{}, hill_axes(),
          [&](const Choices& c, Trial& trial) {
            if (trial.index() == at) fs::copy_file(path, killed);
            return climb(c, trial);
          },
          options_for(path)));
      std::atomic<int> runs{0};
      const SearchResult resumed = search(
          Choices{}, hill_axes(), [&](const Choices& c, Trial& trial) { return ++runs, climb(c, trial); },
          options_for(killed));
      EXPECT_TRUE(resumed == straight) << at << " " << threads;
      EXPECT_GE(runs, 1);
      EXPECT_LE(runs, 20 - at / 6 * 6) << "trials of complete batches are run again";
    }
  }
}

TEST(SearchResume, WithMoreTrialsItGoesOn) {
  const Folder folder("search_more");
  const std::string path = folder / "search.h5";
  const SearchResult straight = search(Choices{}, hill_axes(), climb, options_for("", 40));
  static_cast<void>(search(Choices{}, hill_axes(), climb, options_for(path, 15)));
  std::atomic<int> runs{0};
  const auto run = [&](const Choices& c, Trial& trial) { return ++runs, climb(c, trial); };
  EXPECT_TRUE(search(Choices{}, hill_axes(), run, options_for(path, 40)) == straight);
  EXPECT_EQ(runs, 25);
  EXPECT_TRUE(search(Choices{}, hill_axes(), run, options_for(path, 40)) == straight);
  EXPECT_EQ(search(Choices{}, hill_axes(), run, options_for(path, 10)).trials.size(), 10U);
  EXPECT_EQ(runs, 25);
}

TEST(SearchResume, RefusesTheFileOfAnotherSearch) {
  const Folder folder("search_other");
  const std::string path = folder / "search.h5";
  static_cast<void>(search(Choices{}, hill_axes(), climb, options_for(path, 3)));
  const std::string before = text_of(path);
  const auto with = [&](auto change, const Choices& start = {}) {
    SearchOptions options = options_for(path, 3);
    std::vector<Axis> axes = hill_axes();
    change(options, axes);
    static_cast<void>(search(start, axes, climb, options));
  };
  EXPECT_THROW_TEXT(with([](auto& o, auto&) { o.seed = 4; }), FileError,
                    "holds another search: it has seed 3, this one seed 4; name another path");
  EXPECT_THROW_TEXT(with([](auto& o, auto&) { o.data = "b.csv"; }), FileError, "this one data b.csv");
  EXPECT_THROW_TEXT(with([](auto& o, auto&) { o.batch = 5; }), FileError, "it has batch 6, this one batch 5");
  EXPECT_THROW_TEXT(with([](auto& o, auto&) { o.method = SearchMethod::random; }), FileError, "method tpe");
  EXPECT_THROW_TEXT(with([](auto&, auto& axes) { axes[0] = Axis::range("x", -1.0, 2.0); }), FileError,
                    "it has axis x from -1 to 1");
  EXPECT_THROW_TEXT(with([](auto& o, auto&) { o.monitor.maximize = true; }), FileError, "maximize val_loss");
  EXPECT_THROW_TEXT(with([](auto&, auto&) {}, Choices{.adam = {.beta_1 = 0.5}}), FileError,
                    "it has options {");
  EXPECT_EQ(text_of(path), before);
  with([](auto& o, auto&) { o.seed = 4, o.resume = false; });
  EXPECT_NE(text_of(path), before);
}

TEST(SearchResume, RefusesWhatIsNoSearchOrDamaged) {
  const Folder folder("search_damaged");
  const std::string path = folder / "search.h5";
  const auto run = [&] { static_cast<void>(search(Choices{}, hill_axes(), climb, options_for(path, 3))); };
  Generator generator(1);
  save_checkpoint(path, {{"generator", generator}});
  EXPECT_THROW_TEXT(run(), FileError, "not the file of a search");
  write_over(path, "trial,x\n");
  EXPECT_THROW(run(), FileError);
  fs::remove(path);
  run();
  const std::string whole = text_of(path);
  for (std::size_t i = 64; i < whole.size(); i += 97) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    write_over(path, damaged);
    try {
      run();  // a byte that nothing reads
    } catch (const Error&) {
    }
  }
  const SearchOptions nowhere = options_for(folder / "no_such_folder/search.h5", 3);
  EXPECT_THROW(static_cast<void>(search(Choices{}, hill_axes(), climb, nowhere)), FileError);
}

TEST(SearchResume, CtrlCEndsItInOrder) {
  const Folder folder("search_interrupt");
  const std::string path = folder / "search.h5";
  const SearchResult straight = search(Choices{}, hill_axes(), climb, options_for(""));
  const SearchResult broken = search(
      Choices{}, hill_axes(),
      [&](const Choices& c, Trial& trial) {
        if (trial.index() == 9) std::raise(SIGINT);
        return climb(c, trial);
      },
      options_for(path));
  EXPECT_TRUE(broken.interrupted);
  EXPECT_LT(broken.trials.size(), 20U);
  for (const TrialRecord& t : broken.trials) EXPECT_NE(t.index, 9);
  const SearchResult resumed = search(Choices{}, hill_axes(), climb, options_for(path));
  EXPECT_FALSE(resumed.interrupted);
  EXPECT_TRUE(resumed == straight);
}

}  // namespace
}  // namespace hourglass::training
