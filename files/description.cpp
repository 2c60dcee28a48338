#include <hourglass/files/internal/description.h>
#include <hourglass/files/registry.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

#include <cstring>
#include <map>

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

}  // namespace hourglass::files::internal
