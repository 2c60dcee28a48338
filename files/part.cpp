#include <hourglass/files/internal/description.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace hourglass::files::internal {

namespace {

// The texts of a list, and of an object, in a description; none where it is left out.
std::vector<std::string> texts_in(const Json& description, const char* key) {
  const auto at = description.find(key);
  return at == description.end() ? std::vector<std::string>{} : at->get<std::vector<std::string>>();
}
std::vector<std::pair<std::string, std::string>> pairs_in(const Json& description, const char* key) {
  std::vector<std::pair<std::string, std::string>> out;
  const auto at = description.find(key);
  if (at == description.end()) return out;
  for (const auto& [name, value] : at->items()) out.emplace_back(name, value.get<std::string>());
  return out;
}

// A name without "encoder." in front; none for another's.
std::optional<std::string> below(const std::string& name, const std::string& part) {
  if (part.empty()) return name;
  if (name == part) return std::string();
  return name.starts_with(part + ".") ? std::optional(name.substr(part.size() + 1)) : std::nullopt;
}

const Json& child_of(const Json& parent, const std::string& path, const std::string& rest,
                     const std::string& source) {
  static const Json kNone = Json::array();
  const auto parts = parent.find("parts");
  std::string names;
  for (const Json& part : parts == parent.end() ? kNone : *parts) {
    const auto& name = part.at("name").get_ref<const std::string&>();
    if (below(rest, name)) return part;
    names += (names.empty() ? "" : ", ") + name;
  }
  throw FileError("{}: there is no part \"{}\" in the model; where \"{}\" would be it has: {}", source, path,
                  rest, names.empty() ? "nothing" : names);
}

// A module in a description, and its path there: of one that stands in several places the first.
struct Place {
  const Json* module;
  std::string path;
};
Place place_of(const Json& whole, const std::string& path, const std::string& source) {
  constexpr int kMostSteps = 1000;  // a file could make references go in a circle
  Place at{&whole, ""};
  std::string rest = path;
  for (int i = 0; i < kMostSteps; ++i) {
    if (const auto same = at.module->find("same_as"); same != at.module->end()) {
      rest = joined(same->get<std::string>(), rest);
      at = {&whole, ""};
    } else if (rest.empty()) {
      return at;
    } else {
      at.module = &child_of(*at.module, path, rest, source);
      const auto name = at.module->at("name").get<std::string>();
      at.path = joined(at.path, name);
      rest = *below(rest, name);
    }
  }
  throw FileError("{}: the description of \"{}\" refers to itself; take an earlier copy", source, path);
}

// Cuts a part out of a whole: what it shares with the rest, or is tied to there, comes along.
class Cut {
 public:
  Cut(const Json& whole, std::string source) : whole_(whole), source_(std::move(source)) {}

  DescribedPart part(const std::string& name, std::span<const NamedTensor> tensors) {
    const Place place = place_of(whole_, name, source_);
    taken_.push_back({place.path, ""});
    DescribedPart out{*place.module, {}};
    bring_shared(out.description, "");
    for (const NamedTensor& t : tensors) {
      for (std::string& inner : inside(t.name)) out.tensors.push_back({std::move(inner), t.value});
    }
    keep_names("frozen_modules", out.description);
    keep_names("frozen", out.description);
    keep_ties(tensors, out);
    return out;
  }

 private:
  struct Taken {
    std::string from, to;  // paths in the whole and in the part
  };

  // The names that something of the whole has in the part.
  std::vector<std::string> inside(const std::string& name) const {
    std::vector<std::string> out;
    for (const Taken& taken : taken_) {
      if (const auto rest = below(name, taken.from)) out.push_back(joined(taken.to, *rest));
    }
    return out;
  }

  // References to modules inside the part become its own; the first one to a module outside becomes a copy.
  void bring_shared(Json& module, const std::string& path) {
    const auto parts = module.find("parts");
    if (parts == module.end()) return;
    for (Json& part : *parts) {
      const auto name = part.at("name").get<std::string>();
      const std::string here = joined(path, name);
      if (const auto same = part.find("same_as"); same != part.end()) {
        const Place place = place_of(whole_, same->get<std::string>(), source_);
        if (const std::vector<std::string> known = inside(place.path); !known.empty()) {
          *same = known.front();
          continue;
        }
        taken_.push_back({place.path, here});
        part = *place.module;
        part["name"] = name;
      }
      bring_shared(part, here);
    }
  }

  void keep_names(const char* key, Json& out) const {
    Json kept = Json::array();
    for (const std::string& name : texts_in(whole_, key)) {
      for (const std::string& inner : inside(name)) kept.push_back(inner);
    }
    out.erase(key);
    if (!kept.empty()) out[key] = std::move(kept);
  }

  // Ties inside stay; of those to one tensor outside, the first takes its place.
  void keep_ties(std::span<const NamedTensor> tensors, DescribedPart& out) const {
    const std::vector<std::string> frozen = texts_in(whole_, "frozen");
    std::map<std::string, std::string> leaders;
    Json tied = Json::object();
    for (const auto& [name, first] : pairs_in(whole_, "tied")) {
      const std::vector<std::string> first_inside = inside(first);
      for (const std::string& inner : inside(name)) {
        if (!first_inside.empty()) {
          if (inner != first_inside.front()) tied[inner] = first_inside.front();
        } else if (const auto [leader, is_new] = leaders.emplace(first, inner); !is_new) {
          tied[inner] = leader->second;
        } else {
          const auto has_it = [&, &wanted = first](const NamedTensor& t) { return t.name == wanted; };
          const auto at = std::find_if(tensors.begin(), tensors.end(), has_it);
          if (at != tensors.end()) out.tensors.push_back({inner, at->value});
          if (std::find(frozen.begin(), frozen.end(), first) != frozen.end())
            out.description["frozen"].push_back(inner);
        }
      }
    }
    out.description.erase("tied");
    if (!tied.empty()) out.description["tied"] = std::move(tied);
  }

  const Json& whole_;
  std::string source_;
  std::vector<Taken> taken_;
};

}  // namespace

DescribedPart part_of(const Json& description, std::span<const NamedTensor> tensors, const std::string& name,
                      const std::string& source) {
  return Cut(description, source).part(name, tensors);
}

}  // namespace hourglass::files::internal
