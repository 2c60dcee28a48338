#pragma once

#include <hourglass/tensor/base/option_values.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::training {

/// One field of an options struct that a search changes, by its name in the options' visit(), and what it may
/// be. A field of a struct inside is "adam.learning_rate".
///
///     const std::vector<Axis> axes{Axis::values("activation", {"relu", "tanh"}),
///                                  Axis::log_range("adam.learning_rate", 1e-4, 1e-1),
///                                  Axis::integers("batch", 8, 64)};
///
/// A place on an axis is the number itself, or the index in a list of values.
class Axis {
 public:
  /// One of these, in no order. Throws DataError for none, or one that stands twice.
  [[nodiscard]] static Axis values(std::string name, std::vector<OptionValue> values);
  /// From low to high, both included; evenly, or by their logarithms. A grid takes `points` of them. Throw
  /// DataError unless low < high are finite, of a logarithm positive, and points from 2 to a million.
  [[nodiscard]] static Axis range(std::string name, double low, double high, std::int64_t points = 5);
  [[nodiscard]] static Axis log_range(std::string name, double low, double high, std::int64_t points = 5);
  /// Whole numbers up to 2⁵³, of which a grid takes at most `points`.
  [[nodiscard]] static Axis integers(std::string name, std::int64_t low, std::int64_t high,
                                     std::int64_t points = 5);
  [[nodiscard]] static Axis log_integers(std::string name, std::int64_t low, std::int64_t high,
                                         std::int64_t points = 5);
  /// As on a command line: "code=1,2,3", "noise=0.0..0.5", "batch=8..64" (whole numbers, since both ends
  /// are), "learning_rate=1e-4..1e-1:log". Throws DataError for another form.
  [[nodiscard]] static Axis from_text(std::string_view text);

  /// The axis for trials alone that have one of these values on another, which stands before it and is a
  /// list; else the field stays as it is. So axes form a tree: Axis::range("strength", 0.0,
  /// 0.5).when("noise",
  /// {"masking", "gaussian"}).
  [[nodiscard]] Axis when(std::string other, std::vector<OptionValue> values) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The values of a list; empty for a range.
  [[nodiscard]] const std::vector<OptionValue>& list() const { return list_; }
  [[nodiscard]] bool is_list() const { return !list_.empty(); }
  [[nodiscard]] bool is_whole() const { return whole_; }
  [[nodiscard]] bool is_log() const { return log_; }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }

  struct Condition {
    std::string other;
    std::vector<OptionValue> values;
  };
  [[nodiscard]] const std::optional<Condition>& condition() const { return condition_; }

  /// The value at a place; whether there is one.
  [[nodiscard]] OptionValue at(double place) const;
  [[nodiscard]] bool contains(double place) const;
  /// The places that a grid takes.
  [[nodiscard]] std::vector<double> grid() const;
  /// "learning_rate from 0.0001 to 0.1, logarithmic": all of it that decides trials.
  [[nodiscard]] std::string str() const;

 private:
  explicit Axis(std::string name);
  static Axis between(std::string name, double low, double high, std::int64_t points, bool log);

  std::string name_;
  std::vector<OptionValue> list_;
  double low_ = 0.0, high_ = 0.0;
  std::int64_t points_ = 0;
  bool log_ = false, whole_ = false;
  std::optional<Condition> condition_;
};

/// A value as a table has it: text without quotes.
[[nodiscard]] std::string plain_text(const OptionValue& value);

}  // namespace hourglass::training
