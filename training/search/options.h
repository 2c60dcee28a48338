#pragma once

#include <hourglass/training/callbacks/monitor.h>
#include <hourglass/training/fit.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace hourglass::training {

enum class SearchMethod : std::uint8_t {
  grid,    // every combination of the axes' points
  random,  // uniform on every axis (Bergstra & Bengio 2012)
  tpe,     // the tree-structured Parzen estimator; see search.h
};
constexpr auto enum_names(SearchMethod /*of*/) {
  return std::to_array<const char*>({"grid", "random", "tpe"});
}

struct ParzenOptions {
  std::int64_t startup = 16;     // trials at random before the first that is proposed
  std::int64_t candidates = 24;  // points drawn from ℓ for each proposal
  double good = 0.15;            // γ: the share of trials that ℓ is made of, at most 25 trials
};
template <class V>
void visit(ParzenOptions& o, V&& v) {
  v("startup", o.startup), v("candidates", o.candidates), v("good", o.good);
}

/// Stops a trial whose best figure so far is worse than the median, over the earlier trials that came so far,
/// of their figures' means up to this epoch (Golovin et al. 2017, section 3.2). Earlier are the trials of
/// batches that are complete, so it does not depend on which trials run at the same time.
struct MedianRule {
  std::int64_t first_epoch = 5;   // no trial is stopped before the end of this one
  std::int64_t least_trials = 5;  // that must have come so far
};
template <class V>
void visit(MedianRule& o, V&& v) {
  v("first_epoch", o.first_epoch), v("least_trials", o.least_trials);
}

struct SearchOptions {
  SearchMethod method = SearchMethod::tpe;
  std::int64_t trials = 0;  // 0: all points of a grid, 40 of the others
  Monitor monitor{};        // the figure that is to become small, or large
  std::uint64_t seed = 0;   // of proposals and of the trials' own seeds
  std::int64_t batch = 8;   // trials that are proposed, and compared with the median, at once
  ParzenOptions parzen{};
  std::optional<MedianRule> median{};  // none: no trial is stopped early
  std::string path{};                  // of a file from which the search can go on; none: it cannot
  bool resume = true;                  // go on from the file if it exists; else begin anew and replace it
  std::string data{};                  // what else decides the trials, "housing.csv": kept in the file
  bool parallel = true;  // trials at the same time, each on one thread; else one by one, each on all threads
  Verbose verbose = Verbose::automatic;  // a line for each trial
};
template <class V>
void visit(SearchOptions& o, V&& v) {
  v("method", o.method), v("trials", o.trials), v("monitor", o.monitor.name);
  v("maximize", o.monitor.maximize), v("seed", o.seed), v("batch", o.batch), v("parzen", o.parzen);
  v("median", o.median), v("path", o.path), v("resume", o.resume), v("data", o.data);
  v("parallel", o.parallel);
}

}  // namespace hourglass::training
