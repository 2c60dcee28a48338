#include <hourglass/nn/internal/keep_generator.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/training/clock.h>
#include <hourglass/training/internal/expect.h>
#include <hourglass/training/interrupt.h>
#include <hourglass/training/search/internal/propose.h>
#include <hourglass/training/search/internal/search_file.h>
#include <hourglass/training/search/search.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <mutex>
#include <set>

namespace hourglass::training::detail {

namespace {

void check(const SearchOptions& o) {
  expect_at_least("search", "trials", 0, o.trials);
  expect_at_least("search", "batch", 1, o.batch);
  expect_at_least("search", "parzen.startup", 1, o.parzen.startup);
  expect_at_least("search", "parzen.candidates", 1, o.parzen.candidates);
  if (!(o.parzen.good > 0.0 && o.parzen.good < 1.0))
    throw DataError("search: parzen.good must lie between 0 and 1, got {}; 0.15 is usual", o.parzen.good);
  if (!o.median) return;
  expect_at_least("search", "median.first_epoch", 1, o.median->first_epoch);
  expect_at_least("search", "median.least_trials", 1, o.median->least_trials);
}

// Every field must be there and take what its axis has.
void check_fields(const Space& space, FunctionRef<void(const OptionValues&)> check) {
  for (const Axis& axis : space.axes()) {
    const std::vector<double> places = axis.is_list() ? axis.grid() : std::vector{axis.low(), axis.high()};
    for (const double place : places) check({{axis.name(), axis.at(place)}});
  }
}

// A line for each thing that decides trials.
std::string identity_of(const Space& space, const std::string& start, const SearchOptions& o) {
  std::string out = fmt::format("method {}\n", enum_names(o.method)[static_cast<std::size_t>(o.method)]);
  for (const Axis& axis : space.axes()) out += "axis " + axis.str() + "\n";
  out += "options " + start + "\n";
  out +=
      fmt::format("seed {}\n{} {}\n", o.seed, o.monitor.maximize ? "maximize" : "minimize", o.monitor.name);
  if (o.method == SearchMethod::tpe || o.median) out += fmt::format("batch {}\n", o.batch);
  if (o.method == SearchMethod::tpe)
    out += fmt::format("parzen startup {}, candidates {}, good {}\n", o.parzen.startup, o.parzen.candidates,
                       o.parzen.good);
  if (o.median)
    out += fmt::format("median first_epoch {}, least_trials {}\n", o.median->first_epoch,
                       o.median->least_trials);
  return out + "data " + o.data + "\n";
}

class Search {
 public:
  Search(const std::vector<Axis>& axes, const std::string& start, FunctionRef<Outcome(Trial&)> run,
         const SearchOptions& options, const Space& space)
      : space_(space),
        run_(run),
        options_(options),
        file_(options.path, options.resume, identity_of(space, start, options), space) {
    result_.axes = axes;
    result_.monitor = options.monitor;
    if (options.method == SearchMethod::grid) grid_ = space.grid();
    total_ = options.method == SearchMethod::grid ? std::ssize(grid_) : 40;
    if (options.trials > 0) total_ = std::min(options.trials, grid_.empty() ? options.trials : total_);
  }

  SearchResult run() {
    file_.write();
    for (std::int64_t begin = 0; begin < total_ && !signals_.noted();) {
      const std::int64_t end = std::min(total_, end_of_batch(begin));
      run_batch(begin, end);
      begin = end;
    }
    file_.write();
    for (const auto& [index, trial] : file_.trials()) {
      if (index >= total_) break;
      result_.trials.push_back(trial);
      result_.trials.back().seed = Numbers(options_.seed, index).seed_of_trial();
    }
    result_.interrupted = signals_.noted();
    return std::move(result_);
  }

 private:
  // Trials that are told nothing of each other need no batches, but those of many would fill memory.
  [[nodiscard]] std::int64_t end_of_batch(std::int64_t begin) const {
    constexpr std::int64_t kMany = 1024;
    if (options_.method != SearchMethod::tpe && !options_.median) return begin + kMany;
    return begin + (options_.batch - begin % options_.batch);
  }

  void run_batch(std::int64_t begin, std::int64_t end) {
    std::vector<const TrialRecord*> earlier;
    for (const auto& [index, trial] : file_.trials()) {
      if (index < begin) earlier.push_back(&trial);  // a map's elements stay where they are
    }
    const Ranking ranking = rank(earlier);
    std::vector<TrialRecord> to_run;
    for (std::int64_t i = begin; i < end; ++i) {
      const auto done = file_.trials().find(i);
      const Places places = done != file_.trials().end() ? done->second.places : propose(i, ranking);
      tried_.insert(places);
      if (done != file_.trials().end()) continue;
      to_run.push_back({.index = i, .seed = Numbers(options_.seed, i).seed_of_trial(), .places = places});
      to_run.back().values = space_.values(places);
    }
    const auto run = [&](std::int64_t i) {
      if (!signals_.noted()) run_trial(std::move(to_run[static_cast<std::size_t>(i)]), earlier);
    };
    if (options_.parallel) {
      parallel_for(std::ssize(to_run), run);
    } else {
      for (std::int64_t i = 0; i < std::ssize(to_run); ++i) run(i);
    }
    file_.write();
  }

  [[nodiscard]] double cost(const TrialRecord& t) const {
    const double figure = t.find(options_.monitor.name).value_or(0.0);  // of failed trials: not read
    return options_.monitor.maximize ? -figure : figure;
  }

  [[nodiscard]] Ranking rank(std::vector<const TrialRecord*> trials) const {
    std::stable_sort(trials.begin(), trials.end(), [&](const TrialRecord* a, const TrialRecord* b) {
      if (a->status != b->status) return a->status < b->status;
      return a->status != TrialStatus::failed && cost(*a) < cost(*b);
    });
    Ranking out;
    for (const TrialRecord* const t : trials) {
      if (t->status == TrialStatus::finished) ++out.good;
      out.places.push_back(&t->places);
    }
    const auto share =
        static_cast<std::size_t>(std::ceil(options_.parzen.good * static_cast<double>(trials.size())));
    constexpr std::size_t kMostGood = 25;
    out.good = std::min({out.good, share, kMostGood});
    return out;
  }

  // Draws again what has been tried, with ever fewer candidates, so that it strays further.
  [[nodiscard]] Places propose(std::int64_t index, const Ranking& ranking) const {
    if (options_.method == SearchMethod::grid) return grid_[static_cast<std::size_t>(index)];
    constexpr int kDraws = 10;
    Numbers numbers(options_.seed, index);
    const bool at_random =
        options_.method == SearchMethod::random || index < options_.parzen.startup || ranking.good == 0;
    Places places;
    for (int draw = 0; draw < kDraws; ++draw) {
      const std::int64_t candidates = std::max<std::int64_t>(1, options_.parzen.candidates >> draw);
      places = at_random ? propose_at_random(space_, numbers)
                         : propose_by_parzen(space_, ranking, candidates, numbers);
      if (!tried_.contains(places)) break;
    }
    return places;
  }

  void run_trial(TrialRecord record, const std::vector<const TrialRecord*>& earlier) {
    const FlushDenormals flush;  // whichever thread it is
    const nn::internal::KeepGenerator kept;
    default_generator() = Generator(record.seed);
    Trial trial(std::move(record), options_, earlier);
    const double begin = now();
    std::string error;
    std::vector<Figure> figures;
    try {
      figures = run_(trial).figures();
    } catch (const std::exception& e) {
      error = e.what();
    } catch (...) {
      error = "something was thrown that is no std::exception";
    }
    if (signals_.noted()) return;  // it may have been broken off: it is run again
    record = trial.record();
    record.seconds = now() - begin;
    for (Figure& figure : figures) {
      if (figure.first.empty()) figure.first = options_.monitor.name;
    }
    record.figures = std::move(figures);
    const auto watched = record.find(options_.monitor.name);
    if (error.empty() && !watched) {
      error = "the trial gives no figure \"" + options_.monitor.name + "\"; monitor one that it gives";
    } else if (error.empty() && !std::isfinite(*watched)) {
      error = fmt::format("{} is {}", options_.monitor.name, *watched);
    }
    record.status = !error.empty()    ? TrialStatus::failed
                    : trial.stopped() ? TrialStatus::stopped
                                      : TrialStatus::finished;
    record.error = std::move(error);
    const std::lock_guard lock(mutex_);
    if (options_.verbose != Verbose::silent) print(record);
    file_.add(std::move(record));
  }

  void print(const TrialRecord& t) {
    std::string what;
    for (const auto& [name, value] : t.values) {
      const auto* const number = std::get_if<double>(&value.get());
      what += fmt::format("{}{} {}", what.empty() ? "" : ", ", name,
                          number ? fmt::format("{:.6g}", *number) : plain_text(value));
    }
    std::string how = "failed: " + t.error.substr(0, t.error.find('\n'));
    if (t.status != TrialStatus::failed)
      how = fmt::format("{} {:.6g}{}", options_.monitor.name, *t.find(options_.monitor.name),
                        t.status == TrialStatus::stopped ? ", stopped early" : "");
    fmt::print("Trial {} of {}: {} - {}\n", t.number(), total_, what, how);
    std::fflush(stdout);  // for those who follow a file
  }

  const Space& space_;
  FunctionRef<Outcome(Trial&)> run_;
  const SearchOptions& options_;
  NoteSignals signals_;
  SearchFile file_;
  std::vector<Places> grid_;
  std::int64_t total_ = 0;
  std::set<Places> tried_;
  SearchResult result_;
  std::mutex mutex_;  // guards file_ and what is printed while trials run
};

}  // namespace

SearchResult search(const std::vector<Axis>& axes, const std::string& start,
                    FunctionRef<void(const OptionValues&)> check_values, FunctionRef<Outcome(Trial&)> run,
                    const SearchOptions& options) {
  check(options);
  const Space space(axes);
  check_fields(space, check_values);
  return Search(axes, start, run, options, space).run();
}

}  // namespace hourglass::training::detail

namespace hourglass::training {

SearchResult search(const std::vector<Axis>& axes, FunctionRef<Outcome(Trial&)> run,
                    const SearchOptions& options) {
  return detail::search(
      axes, "", [](const OptionValues& /*values*/) {}, run, options);
}

}  // namespace hourglass::training
