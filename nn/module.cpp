#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/nn/clone.h>
#include <hourglass/nn/module.h>
#include <hourglass/tensor/base/error.h>

#include <cxxabi.h>
#include <algorithm>
#include <cstdlib>
#include <set>
#include <typeinfo>

namespace hourglass::nn {

namespace {

thread_local LayerObserver* observer = nullptr;

class Modules final : public Visitor {
 public:
  std::vector<NamedModule> found;

 private:
  bool on_module(const std::string& path, Module& module) override {
    const auto same = [&](const NamedModule& m) { return m.module == &module; };
    if (std::any_of(found.begin(), found.end(), same)) return false;
    found.push_back({path, &module});
    return true;
  }
};

class Parameters final : public Visitor {
 public:
  std::vector<NamedParameter> found;

 private:
  void on_parameter(const std::string& path, Variable& parameter) override {
    for (const NamedParameter& p : found) {
      if (p.variable.node() == parameter.node()) return;
      if (p.name == path) refuse_twice(path);
    }
    found.push_back({path, parameter});
  }
  [[noreturn]] static void refuse_twice(const std::string& path) {
    throw DataError("visit: two members are named \"{}\"; each needs a name of its own", path);
  }
};

// Every name of a parameter or of state, once for each different one.
class Names final : public Visitor {
 public:
  std::vector<std::string> found;

 private:
  void on_parameter(const std::string& path, Variable& parameter) override {
    add(path, parameter.node().get());
  }
  void on_state(const std::string& path, Tensor& state) override { add(path, &state); }
  void add(const std::string& path, const void* what) {
    if (seen_.insert(what).second) found.push_back(path);
  }
  std::set<const void*> seen_;
};

// Where the modules stand, also beside one that was moved from.
class Paths final : public Visitor {
 public:
  explicit Paths(std::vector<Error::Frame>& trail) : trail_(trail) {}

 private:
  bool on_module(const std::string& path, Module& module) override {
    for (Error::Frame& frame : trail_) {
      if (frame.module == &module && !path.empty()) frame.path = path;
    }
    return true;
  }
  std::vector<Error::Frame>& trail_;
};

}  // namespace

struct SetTraining final : Visitor {
  explicit SetTraining(bool on) : training(on) {}
  bool on_module(const std::string&, Module& module) override {
    module.training_ = training;
    return true;
  }
  bool training;
};

struct SetTrainable final : Visitor {
  explicit SetTrainable(bool on) : trainable(on) {}
  bool on_module(const std::string&, Module& module) override {
    module.trainable_ = trainable;
    return true;
  }
  void on_parameter(const std::string&, Variable& parameter) override {
    parameter.set_requires_grad(trainable);
  }
  bool trainable;
};

Module::Module(Module&& other) noexcept
    : training_(other.training_),
      trainable_(other.trainable_),
      moved_from_(std::exchange(other.moved_from_, true)) {}

Module::Module(const Module& other)
    : training_(other.training_), trainable_(other.trainable_), moved_from_(other.moved_from_) {
  other.expect_whole();
  if (internal::Cloning::is_going_on()) return;
  throw DataError(
      "{}: modules move, they do not copy, because a copy would share its parameters; write "
      "std::move(layer), or clone(layer) for a second one with parameters of its own",
      other.describe());
}

// NOLINTNEXTLINE(performance-noexcept-move-constructor,bugprone-exception-escape): it refuses another type
Module& Module::operator=(Module&& other) {
  if (this == &other) return *this;
  if (typeid(*this) != typeid(other)) {
    throw DataError(
        "{}: cannot become a {} by an assignment through a common base class; a Sequential has replace(i, "
        "layer)",
        type_name(), other.type_name());
  }
  training_ = other.training_;
  trainable_ = other.trainable_;
  moved_from_ = std::exchange(other.moved_from_, true);
  return *this;
}

void Module::expect_whole() const {
  if (!moved_from_) return;
  throw DataError(
      "{}: was moved from, so it has nothing to work with; use what it was moved to, or assign a new one to "
      "it",
      type_name());
}

void Module::visit(Visitor& /*v*/) {}

std::string internal::type_name(const std::type_info& type) {
  int status = 0;
  char* const text = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? text : type.name();
  std::free(text);  // NOLINT(cppcoreguidelines-no-malloc): __cxa_demangle allocates so
  const std::string_view plain = std::string_view(name).substr(0, name.find('<'));
  if (const auto colon = plain.rfind("::"); colon != std::string_view::npos) name.erase(0, colon + 2);
  return name;
}

std::string Module::type_name() const { return internal::type_name(typeid(*this)); }

std::string Module::describe() const {
  const std::string inside = moved_from_ ? "moved from" : details();
  return inside.empty() ? type_name() : type_name() + "(" + inside + ")";
}

void Module::train(bool on) { SetTraining(on).walk(*this); }

Module::Running::Running(const Module& module) {
  const LayerAtWork before = exchange_layer_at_work(
      {&module, [](const void* layer) { return static_cast<const Module*>(layer)->describe(); }});
  saved_module_ = before.layer;
  saved_describe_ = before.describe;
}

Module::Running::~Running() { exchange_layer_at_work({saved_module_, saved_describe_}); }

void Module::add_to_trail() {
  try {
    throw;
  } catch (Error& error) {
    std::vector<Error::Frame> trail = error.trail();
    try {
      Paths(trail).walk(*this);
    } catch (const Error&) {  // a visit() that fails leaves the frames without paths
    }
    trail.push_back({this, type_name(), "", moved_from_ ? "" : details()});
    error.set_trail(std::move(trail));
  } catch (...) {  // not ours: passes as it is
  }
}

void Module::tell_observer(const Variable& y) const {
  if (observer) observer->on_output(*this, y);
}

LayerObserver::LayerObserver() : saved_(std::exchange(observer, this)) {}
LayerObserver::~LayerObserver() { observer = saved_; }

Variable Layer::operator()(const Variable& x) {
  return run([&] { return forward(x); });
}

Variable MultiLayer::forward(const Variable& x) {
  std::vector<Variable> y = call({x});
  if (y.size() == 1) return std::move(y.front());
  throw DataError("{}: gives {} tensors where one is expected; layer({x}) gives them all", describe(),
                  y.size());
}

std::vector<Variable> MultiLayer::operator()(const std::vector<Variable>& x) {
  return run([&] { return call(x); });
}

std::vector<NamedModule> modules(Module& module) {
  Modules visitor;
  visitor.walk(module);
  return std::move(visitor.found);
}

std::vector<NamedParameter> parameters(const Module& module) {
  Parameters visitor;
  visitor.walk(module);
  return std::move(visitor.found);
}

std::int64_t parameter_count(const Module& module) {
  std::int64_t count = 0;
  for (const NamedParameter& p : parameters(module)) count += p.variable.size();
  return count;
}

void check_names(const Module& module) {
  Names names;
  names.walk(module);
  std::sort(names.found.begin(), names.found.end());
  const std::set<std::string> all(names.found.begin(), names.found.end());
  for (std::size_t i = 1; i < names.found.size(); ++i) {
    if (names.found[i] == names.found[i - 1]) {
      throw DataError("{}: visit() names two members \"{}\"; each needs a name of its own", module.describe(),
                      names.found[i]);
    }
  }
  for (const std::string& name : all) {
    for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
      if (!all.contains(name.substr(0, dot))) continue;
      throw DataError(
          "{}: visit() gives \"{}\" beside \"{}\", and in a file one name cannot be both a tensor and a "
          "group; rename one",
          module.describe(), name.substr(0, dot), name);
    }
  }
}

void set_trainable(Module& module, bool on) { SetTrainable(on).walk(module); }

std::optional<Variable> regularization_loss(Module& module) {
  std::optional<Variable> sum;
  for (const NamedModule& inside : modules(module)) {
    if (std::optional<Variable> penalty = inside.module->take_penalty())
      sum = sum ? add(*sum, *penalty) : *penalty;
  }
  return sum;
}

}  // namespace hourglass::nn
