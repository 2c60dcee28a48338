#include <hourglass/tensor/base/error.h>
#include <hourglass/training/search/internal/space.h>

#include <algorithm>

namespace hourglass::training::detail {

Space::Space(std::vector<Axis> axes) : axes_(std::move(axes)), parents_(axes_.size()) {
  if (axes_.empty()) throw DataError("search: there is no axis; name a field of the options to change");
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const auto before = axes_.begin() + static_cast<std::ptrdiff_t>(i);
    const auto find = [&](const std::string& name) {
      return std::find_if(axes_.begin(), before, [&](const Axis& a) { return a.name() == name; });
    };
    if (find(axes_[i].name()) != before)
      throw DataError("search: there are two axes {}; put their values into one", axes_[i].name());
    const auto& condition = axes_[i].condition();
    if (!condition) continue;
    const auto other = find(condition->other);
    if (other == before || !other->is_list())
      throw DataError("search: the axis {} depends on {}, which is no list of values before it; put it there",
                      axes_[i].name(), condition->other);
    Parent& parent = parents_[i].emplace(Parent{static_cast<std::size_t>(other - axes_.begin()), {}});
    for (const OptionValue& wanted : condition->values) {
      const auto same = [&](const OptionValue& v) { return v.str() == wanted.str(); };
      const auto at = std::find_if(other->list().begin(), other->list().end(), same);
      if (at == other->list().end())
        throw DataError("search: the axis {} depends on {} being {}, which it never is; it is {}",
                        axes_[i].name(), condition->other, wanted.str(), other->str());
      parent.places.push_back(static_cast<double>(at - other->list().begin()));
    }
  }
}

bool Space::applies(std::size_t axis, const Places& places) const {
  const auto& parent = parents_[axis];
  if (!parent) return true;
  const auto& place = places[parent->axis];
  return place && std::find(parent->places.begin(), parent->places.end(), *place) != parent->places.end();
}

bool Space::contains(const Places& places) const {
  if (places.size() != size()) return false;
  for (std::size_t i = 0; i < size(); ++i) {
    if (places[i].has_value() != applies(i, places)) return false;
    if (places[i] && !axes_[i].contains(*places[i])) return false;
  }
  return true;
}

OptionValues Space::values(const Places& places) const {
  OptionValues out;
  for (std::size_t i = 0; i < size(); ++i) {
    if (places[i]) out.push_back({axes_[i].name(), axes_[i].at(*places[i])});
  }
  return out;
}

std::vector<Places> Space::grid() const {
  constexpr std::size_t kMost = 1'000'000;
  std::vector<Places> all{{}};
  for (std::size_t i = 0; i < size(); ++i) {
    const std::vector<double> own = axes_[i].grid();
    std::vector<Places> longer;
    for (const Places& places : all) {
      const bool here = applies(i, places);
      for (std::size_t k = 0; k < (here ? own.size() : 1); ++k) {
        longer.push_back(places);
        longer.back().push_back(here ? std::optional(own[k]) : std::nullopt);
      }
      if (longer.size() > kMost)
        throw DataError("search: the grid has more than {} points; take fewer, or search at random", kMost);
    }
    all = std::move(longer);
  }
  return all;
}

}  // namespace hourglass::training::detail
