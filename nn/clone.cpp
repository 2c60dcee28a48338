#include <hourglass/nn/clone.h>
#include <hourglass/tensor/base/error.h>

#include <set>

namespace hourglass::nn::internal {

namespace {

thread_local Cloning* current = nullptr;

}  // namespace

// Members that are handles still refer to the original's numbers; each gets numbers of its own, those that
// were one before stay one.
class Cloning::Separate final : public Visitor {
 private:
  void on_parameter(const std::string&, Variable& parameter) override {
    if (own_.contains(parameter.node().get())) return;
    auto [entry, is_new] = own_of_.try_emplace(parameter.node().get());
    if (is_new) {
      const Tensor value = parameter.value().clone();
      entry->second = parameter.requires_grad() ? Variable::parameter(value) : Variable(value);
      own_.insert(entry->second.node().get());
      originals_.push_back(parameter);
    }
    parameter = entry->second;
  }
  void on_state(const std::string&, Tensor& state) override { state = state.clone(); }
  bool on_module(const std::string&, Module& module) override { return seen_.insert(&module).second; }
  std::shared_ptr<void> on_shared(const std::shared_ptr<void>& object, CopyShared copy) override {
    if (copied_.contains(object.get())) return nullptr;
    std::shared_ptr<void> other = copy_of(object.get(), copy, "what a shared_ptr holds");
    copied_.insert(other.get());
    return other;
  }

  std::map<const Node*, Variable> own_of_;
  std::set<const Node*> own_;
  std::vector<Variable> originals_;  // so that no node's address is used again
  std::set<const Module*> seen_;
  std::set<const void*> copied_;
};

Cloning::Cloning() : saved_(std::exchange(current, this)) {}
Cloning::~Cloning() { current = saved_; }
bool Cloning::is_going_on() { return current != nullptr; }

std::shared_ptr<void> Cloning::copy_of(const void* object, CopyShared copy, const std::string& what) {
  if (!copy) {
    throw DataError(
        "clone: {} cannot be copied, because a member of it cannot or because it is known by its base class "
        "alone; give it a copy constructor, or hold it by its own class",
        what);
  }
  std::shared_ptr<void>& entry = current->copies_[object];
  if (!entry) entry = copy(object);
  return entry;
}

void Cloning::separate(Module& copy) {
  Separate visitor;
  visitor.walk(copy);
}

void expect_own_type(const Module& model, const std::type_info& type) {
  if (typeid(model) == type) return;
  throw DataError(
      "clone: the module is a {}, but it is given by a reference to its base class, which does not know how "
      "to copy it; clone the object itself, or the Sequential that holds it",
      model.describe());
}

}  // namespace hourglass::nn::internal
