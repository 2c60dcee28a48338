#pragma once

#include <hourglass/data/tables/table.h>
#include <hourglass/training/search/axis.h>
#include <hourglass/training/search/trial.h>

#include <string>
#include <vector>

namespace hourglass::training {

/// The trials of a search.
struct SearchResult {
  std::vector<TrialRecord> trials{};  // by index; some are missing if the search was interrupted
  std::vector<Axis> axes{};
  Monitor monitor{};
  bool interrupted = false;  // by a signal

  /// The finished trial with the best watched figure, or another; the earlier of two that are equal. Throws
  /// DataError if no trial has finished with such a figure, with what the first one failed with.
  [[nodiscard]] const TrialRecord& best() const { return best(monitor); }
  [[nodiscard]] const TrialRecord& best(const Monitor& by) const;
  /// The options that the search began with, as the best trial had them.
  template <class Options>
  [[nodiscard]] Options best_options(Options start) const {
    set_options(start, best().values, "search");
    return start;
  }
  /// The finished trials that no other one beats in one of these figures without being worse in another, by
  /// index: what can be had for what (Pareto).
  [[nodiscard]] std::vector<const TrialRecord*> front(const std::vector<Monitor>& by) const;
  /// Finished trials from the best to the worst, then stopped ones, then failed ones.
  [[nodiscard]] std::vector<const TrialRecord*> ranked() const;

  /// A row for each trial: trial, the axes, every figure, status, epochs_done, seconds, error.
  /// data::write_csv writes it.
  [[nodiscard]] data::Table table() const;
  /// How many trials ended how, the ten best as a table, and what others failed with.
  [[nodiscard]] std::string str() const;

  /// Whether all is equal but the seconds.
  friend bool operator==(const SearchResult& a, const SearchResult& b) { return a.trials == b.trials; }
};

}  // namespace hourglass::training
