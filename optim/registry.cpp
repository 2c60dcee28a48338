#include <hourglass/optim/adadelta.h>
#include <hourglass/optim/adagrad.h>
#include <hourglass/optim/adam.h>
#include <hourglass/optim/adamw.h>
#include <hourglass/optim/registry.h>
#include <hourglass/optim/rmsprop.h>
#include <hourglass/optim/sgd.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <list>
#include <mutex>

namespace hourglass::optim {

namespace {

using internal::OptimizerType;

struct Registry {
  std::mutex mutex;
  std::list<OptimizerType> types;  // never moved: what is found stays
};
Registry& registry() {
  static Registry all;
  return all;
}

void add(const OptimizerType& type) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  for (const OptimizerType& known : all.types) {
    if (*known.info == *type.info && known.name == type.name) return;
    if (*known.info == *type.info || same_name(known.name, type.name))
      throw DataError(
          "register_optimizer: the name \"{}\" or the type is taken, by \"{}\"; give each type one name of "
          "its "
          "own",
          type.name, known.name);
  }
  all.types.push_back(type);
}

// The library's come first, so that nobody takes their names.
thread_local bool adding_library = false;
void add_library() {
  static std::once_flag once;
  if (adding_library) return;
  adding_library = true;
  std::call_once(once, [] {
    register_optimizer<SGD>("SGD");
    register_optimizer<RMSprop>("RMSprop");
    register_optimizer<Adagrad>("Adagrad");
    register_optimizer<Adadelta>("Adadelta");
    register_optimizer<Adam>("Adam");
    register_optimizer<AdamW>("AdamW");
  });
  adding_library = false;
}

template <class Is>
const OptimizerType* find(Is is) {
  add_library();
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  const auto at = std::find_if(all.types.begin(), all.types.end(), is);
  return at == all.types.end() ? nullptr : &*at;
}

const OptimizerType* find(const Optimizer& optimizer) {
  return find([&](const OptimizerType& t) { return *t.info == typeid(optimizer); });
}

const OptimizerType& named(std::string_view name) {
  if (const OptimizerType* const type = find([&](const OptimizerType& t) { return same_name(t.name, name); }))
    return *type;
  std::string names;
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  for (const OptimizerType& type : all.types) names += (names.empty() ? "" : ", ") + type.name;
  throw DataError("optimizer: \"{}\" is not known; there are {}; optim::register_optimizer adds one's own",
                  name, names);
}

}  // namespace

void internal::add_type(const OptimizerType& type) {
  add_library();
  add(type);
}

std::unique_ptr<Optimizer> make(std::string_view name, const OptionValues& options) {
  const OptimizerType& type = named(name);
  return type.make([&](FunctionRef<void(OptionsVisitor&)> fields) {
    hourglass::internal::set_options(options, type.name, fields);
  });
}

std::unique_ptr<Optimizer> make_from_json(std::string_view name, std::string_view json,
                                          std::string_view source) {
  return named(name).make([&](FunctionRef<void(OptionsVisitor&)> fields) {
    hourglass::internal::read_json(json, source, fields);
  });
}

std::string registered_name(const Optimizer& optimizer) {
  const OptimizerType* const type = find(optimizer);
  return type ? type->name : "";
}

std::string options_json(const Optimizer& optimizer) {
  const OptimizerType* const type = find(optimizer);
  return type ? type->options(optimizer) : "{}";
}

}  // namespace hourglass::optim
