#include <hourglass/files/internal/library_types.h>
#include <hourglass/files/registry.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <list>
#include <mutex>

namespace hourglass::files {

const Children::Child& Children::find(std::string_view name) const {
  std::string names;
  for (const Child& child : list_) {
    if (child.name == name) return child;
    names += (names.empty() ? "" : ", ") + child.name;
  }
  throw DataError("{}: the file describes no \"{}\" in it, only: {}; was it made by another version?", whose_,
                  name, names);
}

nn::Part Children::part(const Child& child) const {
  if (!child.part)
    throw DataError("{}: \"{}\" is a {}, which is no layer; a Sequential holds layers", whose_, child.name,
                    child.module->type_name());
  return child.part(child.name, child.module);
}

void Children::refuse_type(std::string_view name, const std::string& wanted) const {
  throw DataError("{}: \"{}\" is a {}, not a {}; was the file made by another version?", whose_, name,
                  find(name).module->type_name(), wanted);
}

namespace internal {

namespace {

struct Registry {
  std::mutex mutex;
  std::list<Type> types;  // never moved: what find_type gives stays
};
Registry& registry() {
  static Registry all;
  return all;
}

// The library's types come first, so that nobody takes their names.
void fill() {
  static std::once_flag once;
  static thread_local bool filling = false;
  if (filling) return;
  filling = true;
  std::call_once(once, add_library_types);
  filling = false;
}

template <class Found>
const Type* find_if(Found found) {
  fill();
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const auto at = std::find_if(all.types.begin(), all.types.end(), found);
  return at == all.types.end() ? nullptr : &*at;
}

}  // namespace

void add_type(Type type) {
  fill();
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  for (const Type& known : all.types) {
    if (known.name == type.name && *known.info == *type.info) return;
    if (known.name == type.name || *known.info == *type.info)
      throw DataError(
          "register_type: the name \"{}\" or the type is taken, by \"{}\"; give each type one name of its "
          "own",
          type.name, known.name);
  }
  all.types.push_back(std::move(type));
}

const Type* find_type(std::string_view name) {
  return find_if([&](const Type& type) { return type.name == name; });
}
const Type* find_type(const std::type_info& info) {
  return find_if([&](const Type& type) { return *type.info == info; });
}

}  // namespace internal

}  // namespace hourglass::files
