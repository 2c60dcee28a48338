#pragma once

#include <hourglass/training/search/axis.h>

#include <optional>
#include <vector>

namespace hourglass::training::detail {

/// A place on each axis; none where the axis does not apply.
using Places = std::vector<std::optional<double>>;

/// All axes of a search, with what depends on what.
class Space {
 public:
  /// Throws DataError for no axis, two of one name, or a condition on what is no list before.
  explicit Space(std::vector<Axis> axes);

  [[nodiscard]] const std::vector<Axis>& axes() const { return axes_; }
  [[nodiscard]] std::size_t size() const { return axes_.size(); }
  /// Whether an axis applies, given the places on those before it.
  [[nodiscard]] bool applies(std::size_t axis, const Places& places) const;
  [[nodiscard]] bool contains(const Places& places) const;
  [[nodiscard]] OptionValues values(const Places& places) const;
  /// Every combination of the axes' own grids, the last axis fastest. Throws DataError for more than a
  /// million.
  [[nodiscard]] std::vector<Places> grid() const;

 private:
  struct Parent {
    std::size_t axis;
    std::vector<double> places;
  };
  std::vector<Axis> axes_;
  std::vector<std::optional<Parent>> parents_;
};

}  // namespace hourglass::training::detail
