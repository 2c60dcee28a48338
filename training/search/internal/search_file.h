#pragma once

#include <hourglass/training/search/internal/space.h>
#include <hourglass/training/search/trial.h>

#include <map>
#include <span>
#include <string>

namespace hourglass::training::detail {

/// The trials that are done, and the file that keeps them: a text that says of which search they are, and one
/// of a line of JSON for each.
class SearchFile {
 public:
  /// Reads the file, if there is one and `resume`. `identity` is a line for each thing that decides trials;
  /// throws FileError for a file with another one, which says what differs, and for a damaged one.
  SearchFile(std::string path, bool resume, std::string identity, const Space& space);

  [[nodiscard]] const std::map<std::int64_t, TrialRecord>& trials() const { return trials_; }
  /// Adds a trial; the file is written unless that would take more than a twentieth of the time.
  void add(TrialRecord trial);
  /// Writes what has not been written.
  void write();

  /// What the file holds.
  [[nodiscard]] std::vector<NamedTensor> state() const;
  void set_state(std::span<const NamedTensor> state);

 private:
  std::string path_, identity_;
  const Space& space_;
  std::map<std::int64_t, TrialRecord> trials_;
  std::string lines_;
  bool written_ = false;
  double wrote_at_ = 0.0, writing_took_ = 0.0;
};

}  // namespace hourglass::training::detail
