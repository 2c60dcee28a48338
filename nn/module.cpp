#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/trace.h>
#include <hourglass/nn/module.h>
#include <hourglass/tensor/base/error.h>

#include <cxxabi.h>
#include <algorithm>
#include <cstdlib>
#include <typeinfo>

namespace hourglass::nn {

std::string Visitor::join(std::string_view name) const {
  if (prefix_.empty() || name.empty()) return prefix_ + std::string(name);
  return prefix_ + "." + std::string(name);
}

void Visitor::operator()(std::string_view name, Variable& parameter) { on_parameter(join(name), parameter); }

void Visitor::operator()(std::string_view name, std::optional<Variable>& parameter) {
  if (parameter) on_parameter(join(name), *parameter);
}

void Visitor::operator()(std::string_view name, Tensor& state) { on_state(join(name), state); }

void Visitor::operator()(std::string_view name, Module& module) {
  std::string path = join(name);
  if (!on_module(path, module)) return;
  prefix_.swap(path);
  module.visit(*this);
  prefix_.swap(path);
}

void Visitor::on_parameter(const std::string&, Variable&) {}
void Visitor::on_state(const std::string&, Tensor&) {}
bool Visitor::on_module(const std::string&, Module&) { return true; }

namespace {

thread_local LayerObserver* observer = nullptr;

class Modules : public Visitor {
 public:
  std::vector<NamedModule> found;

 private:
  bool on_module(const std::string& path, Module& module) override {
    found.push_back({path, &module});
    return true;
  }
};

class Parameters : public Visitor {
 public:
  std::vector<NamedParameter> found;

 private:
  void on_parameter(const std::string& path, Variable& parameter) override {
    const auto same = [&](const NamedParameter& p) { return p.variable.node() == parameter.node(); };
    if (std::none_of(found.begin(), found.end(), same)) found.push_back({path, parameter});
  }
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

void Module::visit(Visitor& /*v*/) {}

std::string Module::type_name() const {
  int status = 0;
  char* const text = abi::__cxa_demangle(typeid(*this).name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? text : typeid(*this).name();
  std::free(text);  // NOLINT(cppcoreguidelines-no-malloc): __cxa_demangle allocates so
  const std::string_view plain = std::string_view(name).substr(0, name.find('<'));
  if (const auto colon = plain.rfind("::"); colon != std::string_view::npos) name.erase(0, colon + 2);
  return name;
}

std::string Module::describe() const {
  const std::string inside = details();
  return inside.empty() ? type_name() : type_name() + "(" + inside + ")";
}

void Module::train(bool on) {
  SetTraining visitor(on);
  visitor("", *this);
}

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
    for (const NamedModule& inside : modules(*this)) {
      for (Error::Frame& frame : trail) {
        if (frame.module == inside.module && inside.module != this) frame.path = inside.name;
      }
    }
    trail.push_back({this, type_name(), "", details()});
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

std::vector<NamedModule> modules(Module& module) {
  Modules visitor;
  visitor("", module);
  return std::move(visitor.found);
}

std::vector<NamedParameter> parameters(Module& module) {
  Parameters visitor;
  visitor("", module);
  return std::move(visitor.found);
}

std::int64_t parameter_count(Module& module) {
  std::int64_t count = 0;
  for (const NamedParameter& p : parameters(module)) count += p.variable.size();
  return count;
}

void set_trainable(Module& module, bool on) {
  for (NamedParameter& p : parameters(module)) p.variable.set_requires_grad(on);
}

std::optional<Variable> regularization_loss(Module& module) {
  std::optional<Variable> sum;
  for (const NamedModule& inside : modules(module)) {
    if (std::optional<Variable> penalty = inside.module->take_penalty())
      sum = sum ? add(*sum, *penalty) : *penalty;
  }
  return sum;
}

}  // namespace hourglass::nn
