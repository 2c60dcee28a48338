#include <hourglass/files/internal/description.h>
#include <hourglass/files/registry.h>
#include <hourglass/nn/initializer.h>
#include <hourglass/nn/internal/keep_generator.h>
#include <hourglass/tensor/base/error.h>

#include <map>
#include <set>

namespace hourglass::files::internal {

namespace {

class Maker {
 public:
  explicit Maker(std::string source) : source_(std::move(source)) {}

  std::unique_ptr<nn::Module> make(const Json& description, const std::string& path) {
    const std::string place = source_ + (path.empty() ? ": the model" : ": \"" + path + "\"");
    const Type& type = type_of(description, place);
    Children children(place, children_of(description, path));
    const auto read = [&](FunctionRef<void(OptionsVisitor&)> fields) {
      hourglass::internal::read_json(description.value("config", Json::object()).dump(), "its config",
                                     fields);
    };
    try {
      return type.make(read, children);
    } catch (const FileError&) {
      throw;
    } catch (const Error& e) {
      throw FileError("{}: a {} cannot be made as the file says: {}; inspect shows it", place, type.name,
                      e.message());
    }
  }

 private:
  const Type& type_of(const Json& description, const std::string& place) const {
    const auto name = description.at("type").get<std::string>();
    if (const Type* const type = find_type(name)) return *type;
    throw FileError(
        "{} is a {}, which this program does not know; register it before loading, "
        "hg::files::register_type<{}>(\"{}\"), or make one and give it the values, files::load(path, model)",
        place, name, name, name);
  }

  std::vector<Children::Child> children_of(const Json& description, const std::string& path) {
    std::vector<Children::Child> out;
    const auto parts = description.find("parts");
    if (parts == description.end()) return out;
    for (const Json& part : *parts) {
      const auto name = part.at("name").get<std::string>();
      const std::string inside = joined(path, name);
      const auto same = part.find("same_as");
      const std::string first = same == part.end() ? inside : same->get<std::string>();
      if (same == part.end()) {
        Children::Child child{name, make(part, inside), type_of(part, inside).part};
        made_.emplace(inside, child);
        out.push_back(std::move(child));
      } else if (const auto made = made_.find(first); made != made_.end()) {
        out.push_back({name, made->second.module, made->second.part});
      } else {
        throw FileError(
            "{}: \"{}\" is to be the same as \"{}\", which does not come before it; take an earlier copy",
            source_, inside, first);
      }
    }
    return out;
  }

  std::string source_;
  std::map<std::string, Children::Child> made_;
};

// Ties parameters to each other as they were.
class Tie final : public nn::Visitor {
 public:
  Tie(const Json& tied, std::string source) : tied_(tied), source_(std::move(source)) {}

 private:
  void on_parameter(const std::string& path, Variable& parameter) override {
    const auto entry = tied_.find(path);
    if (entry == tied_.end()) {
      first_.emplace(path, parameter);
      return;
    }
    const auto first = first_.find(entry->get<std::string>());
    if (first == first_.end() || first->second.shape() != parameter.shape())
      throw FileError(
          "{}: \"{}\" cannot be tied to \"{}\", which is not there or of another shape; take an earlier copy",
          source_, path, entry->get<std::string>());
    parameter = first->second;
  }
  const Json& tied_;
  std::string source_;
  std::map<std::string, Variable> first_;
};

// Freezes what was frozen.
class Freeze final : public nn::Visitor {
 public:
  explicit Freeze(const Json& description) {
    if (const auto at = description.find("frozen"); at != description.end()) at->get_to(frozen_);
    if (const auto at = description.find("frozen_modules"); at != description.end()) at->get_to(modules_);
  }

 private:
  void on_parameter(const std::string& path, Variable& parameter) override {
    if (seen_.insert(parameter.node().get()).second) parameter.set_requires_grad(!frozen_.count(path));
  }
  bool on_module(const std::string& path, nn::Module& module) override {
    const bool trainable = !modules_.count(path);
    if (module.is_trainable() != trainable) nn::set_trainable(module, trainable);
    return true;
  }
  std::set<std::string> frozen_, modules_;
  std::set<const void*> seen_;
};

}  // namespace

std::unique_ptr<nn::Module> make(const Json& description, std::span<const NamedTensor> tensors,
                                 const std::string& source) {
  try {
    std::unique_ptr<nn::Module> model;
    {
      const nn::internal::KeepGenerator keep;
      const nn::internal::Unfilled unfilled;
      model = Maker(source).make(description, "");
    }
    const Json tied = description.value("tied", Json::object());
    Tie(tied, source).walk(*model);
    set_state(*model, tensors, source);
    Freeze(description).walk(*model);
    return model;
  } catch (const Json::exception& e) {
    throw FileError("{}: its description is not one of a model ({}); take an earlier copy", source, e.what());
  }
}

}  // namespace hourglass::files::internal
