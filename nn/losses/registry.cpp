#include <hourglass/nn/losses/registry.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <list>
#include <mutex>

namespace hourglass::nn {

namespace {

struct Entry {
  std::vector<std::string> names;  // Keras's first
  internal::MakeLoss make;

  [[nodiscard]] bool has(std::string_view name) const {
    return std::any_of(names.begin(), names.end(), [&](const std::string& n) { return same_name(n, name); });
  }
};

struct Registry {
  std::mutex mutex;
  std::list<Entry> losses;  // never moved: what is found stays
};
Registry& registry() {
  static Registry all;
  return all;
}

Variable sparse(const Variable& p, const Variable& t, const CrossentropyOptions& options) {
  return sparse_categorical_crossentropy(p, t.value(), options);
}

// The library's come first, so that nobody takes their names.
void add_library() {
  static std::once_flag once;
  static thread_local bool adding = false;
  if (adding) return;
  adding = true;
  std::call_once(once, [] {
    register_loss<LossOptions>("mean_squared_error", mean_squared_error, {"mse"});
    register_loss<LossOptions>("root_mean_squared_error", root_mean_squared_error, {"rmse"});
    register_loss<LossOptions>("mean_absolute_error", mean_absolute_error, {"mae"});
    register_loss<HuberOptions>("huber", huber, {"huber_loss"});
    register_loss<CrossentropyOptions>("binary_crossentropy", binary_crossentropy, {"bce"});
    register_loss<CrossentropyOptions>("categorical_crossentropy", categorical_crossentropy);
    register_loss<CrossentropyOptions>("sparse_categorical_crossentropy", sparse);
    register_loss<LossOptions>("kl_divergence", kl_divergence, {"kld", "kullback_leibler_divergence"});
  });
  adding = false;
}

const Entry& named(std::string_view name) {
  add_library();
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  std::string names;
  for (const Entry& entry : all.losses) {
    if (entry.has(name)) return entry;
    names += (names.empty() ? "" : ", ") + entry.names[0];
  }
  throw DataError("loss: \"{}\" is not known; there are {}; nn::register_loss adds one's own", name, names);
}

}  // namespace

void internal::add_loss(std::vector<std::string> names, MakeLoss make) {
  add_library();
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  for (const std::string& name : names) {
    const bool taken =
        std::any_of(all.losses.begin(), all.losses.end(), [&](const Entry& e) { return e.has(name); });
    if (name.empty() || taken)
      throw DataError("register_loss: the name \"{}\" is taken or empty; choose another", name);
  }
  all.losses.push_back({std::move(names), std::move(make)});
}

Loss make_loss(std::string_view name, const OptionValues& options) {
  const Entry& entry = named(name);
  return entry.make(entry.names[0], [&](FunctionRef<void(OptionsVisitor&)> fields) {
    hourglass::internal::set_options(options, entry.names[0], fields);
  });
}

Loss make_loss_from_json(std::string_view name, std::string_view json, std::string_view source) {
  const Entry& entry = named(name);
  return entry.make(entry.names[0], [&](FunctionRef<void(OptionsVisitor&)> fields) {
    hourglass::internal::read_json(json, source, fields);
  });
}

}  // namespace hourglass::nn
