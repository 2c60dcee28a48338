#include <hourglass/files/internal/description.h>
#include <hourglass/files/registry.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

namespace hourglass::files::internal {

namespace {

// The modules that a module names in its visit(), without those inside them.
class DirectChildren final : public nn::Visitor {
 public:
  explicit DirectChildren(const nn::Module& module) { walk(module); }
  struct Child {
    std::string name;
    const nn::Module* module;
  };
  std::vector<Child> list;

 private:
  bool on_module(const std::string& path, nn::Module& module) override {
    if (std::exchange(inside_, true)) list.push_back({path, &module});
    return list.empty();
  }
  bool inside_ = false;
};

class Describe {
 public:
  Json of(const nn::Module& module, const std::string& path) {
    const auto [seen, is_new] = seen_.emplace(&module, path);
    if (!is_new) return {{"same_as", seen->second}};
    Json out{{"type", module.type_name()}};
    if (const Type* const type = find_type(typeid(module))) {
      out["type"] = type->name;
      out["config"] = Json::parse(type->config(module));
    }
    Json parts = Json::array();
    for (const DirectChildren::Child& child : DirectChildren(module).list) {
      Json part{{"name", child.name}};
      part.update(of(*child.module, joined(path, child.name)));
      parts.push_back(std::move(part));
    }
    if (!parts.empty()) out["parts"] = std::move(parts);
    return out;
  }

 private:
  std::map<const nn::Module*, std::string> seen_;
};

// Names of parameters: each tied one with the first name of what it is tied to, and those that are frozen.
class ParameterFacts final : public nn::Visitor {
 public:
  explicit ParameterFacts(const nn::Module& module) { walk(module); }
  Json tied = Json::object(), frozen = Json::array(), frozen_modules = Json::array();

 private:
  void on_parameter(const std::string& path, Variable& parameter) override {
    const auto [first, is_new] = first_.emplace(parameter.node().get(), path);
    if (!is_new && first->second != path) {
      tied[path] = first->second;
    } else if (is_new && !parameter.requires_grad()) {
      frozen.push_back(path);
    }
  }
  bool on_module(const std::string& path, nn::Module& module) override {
    if (!module.is_trainable()) frozen_modules.push_back(path);
    return true;
  }
  std::map<const void*, std::string> first_;
};

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

// What belongs to a part of the lists of names in the whole model's description.
void keep_facts(const Json& whole, const std::string& part, Json& out) {
  for (const char* const key : {"frozen", "frozen_modules"}) {
    Json kept = Json::array();
    for (const std::string& name : texts_in(whole, key)) {
      if (const auto inner = below(name, part)) kept.push_back(*inner);
    }
    if (!kept.empty()) out[key] = std::move(kept);
  }
  Json tied = Json::object();
  for (const auto& [name, first] : pairs_in(whole, "tied")) {
    const auto inner = below(name, part), inner_first = below(first, part);
    if (inner && inner_first) tied[*inner] = *inner_first;
  }
  if (!tied.empty()) out["tied"] = std::move(tied);
}

// The tensors of a part; one that is tied to another part comes from there.
std::vector<NamedTensor> keep_tensors(const Json& whole, std::span<const NamedTensor> tensors,
                                      const std::string& part) {
  std::vector<NamedTensor> out;
  for (const NamedTensor& t : tensors) {
    if (const auto inner = below(t.name, part)) out.push_back({*inner, t.value});
  }
  for (const auto& [name, first] : pairs_in(whole, "tied")) {
    const auto inner = below(name, part);
    if (!inner || below(first, part)) continue;
    const auto has_it = [&, &wanted = first](const NamedTensor& t) { return t.name == wanted; };
    const auto at = std::find_if(tensors.begin(), tensors.end(), has_it);
    if (at != tensors.end()) out.push_back({*inner, at->value});
  }
  return out;
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

}  // namespace

std::string joined(std::string path, const std::string& name) {
  if (!path.empty() && !name.empty()) path += '.';
  return path += name;
}

Json describe(const nn::Module& module) {
  Json out = Describe().of(module, "");
  ParameterFacts facts(module);
  if (!facts.tied.empty()) out["tied"] = std::move(facts.tied);
  if (!facts.frozen.empty()) out["frozen"] = std::move(facts.frozen);
  if (!facts.frozen_modules.empty()) out["frozen_modules"] = std::move(facts.frozen_modules);
  return out;
}

Section section_of(const Json& description) {
  const std::string text = description.dump(-1, ' ', false, Json::error_handler_t::replace);
  Tensor bytes = zeros({static_cast<std::int64_t>(text.size())}, uint8);
  std::memcpy(bytes.mutable_data<std::uint8_t>(), text.data(), text.size());
  return {kDescription, {{kJson, std::move(bytes)}}};
}

Json description_in(const std::string& path, const Section& section) {
  const bool one_text = section.tensors.size() == 1 && section.tensors[0].name == kJson &&
                        section.tensors[0].value.dtype() == uint8;
  if (!one_text)
    throw FileError("load: {}: /description does not hold one text; was it made by another program?", path);
  const Tensor bytes = section.tensors[0].value.contiguous();
  const auto* const text = reinterpret_cast<const char*>(bytes.data<std::uint8_t>());
  try {
    Json out = hourglass::internal::parse_json({text, static_cast<std::size_t>(bytes.size())},
                                               "/description of " + path);
    if (out.is_object()) return out;
  } catch (const DataError& e) {
    throw FileError("load: {}; take an earlier copy", e.message());
  }
  throw FileError("load: {}: /description is not a JSON object; take an earlier copy", path);
}

const Json& described(const Json& description, const std::string& path, const std::string& source) {
  constexpr int kMostReferences = 1000;  // a file could make them go in a circle
  const Json* at = &description;
  std::string rest = path;
  for (int i = 0; i < kMostReferences; ++i) {
    if (const auto same = at->find("same_as"); same != at->end()) {
      const auto first = same->get<std::string>();
      rest = joined(first, rest);
      at = &description;
    } else if (rest.empty()) {
      return *at;
    } else {
      at = &child_of(*at, path, rest, source);
      rest = *below(rest, at->at("name").get<std::string>());
    }
  }
  throw FileError("{}: the description of \"{}\" refers to itself; take an earlier copy", source, path);
}

DescribedPart part_of(const Json& description, std::span<const NamedTensor> tensors, const std::string& name,
                      const std::string& source) {
  Json part = described(description, name, source);
  keep_facts(description, name, part);
  return {std::move(part), keep_tensors(description, tensors, name)};
}

}  // namespace hourglass::files::internal
