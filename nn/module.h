#pragma once

#include <hourglass/autograd/variable.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// Layers, losses, initialisers, and what walks over them.
namespace hourglass::nn {

class Module;

/// Walks a module's members by name. Whatever is done to all parameters (counting, saving, training mode, …)
/// is one Visitor over the lists that the modules' visit() give, read at the time of the walk.
class Visitor {
 public:
  virtual ~Visitor() = default;

  /// A trainable parameter, or one that may be absent.
  void operator()(std::string_view name, Variable& parameter);
  void operator()(std::string_view name, std::optional<Variable>& parameter);
  /// State that is saved but not trained, such as running statistics.
  void operator()(std::string_view name, Tensor& state);
  /// A module inside; its members' names get the prefix "name.".
  void operator()(std::string_view name, Module& module);
  template <class M>
  void operator()(std::string_view name, std::unique_ptr<M>& module) {
    if (module) (*this)(name, *module);
  }
  template <class M>
  void operator()(std::string_view name, std::vector<M>& modules) {
    for (std::size_t i = 0; i < modules.size(); ++i) {
      (*this)(std::string(name).append(name.empty() ? "" : ".").append(std::to_string(i)), modules[i]);
    }
  }

 protected:
  virtual void on_parameter(const std::string& path, Variable& parameter);
  virtual void on_state(const std::string& path, Tensor& state);
  /// Before a module's members; returns whether to walk them.
  virtual bool on_module(const std::string& path, Module& module);

 private:
  [[nodiscard]] std::string join(std::string_view name) const;
  std::string prefix_;
};

/// A plain object with value members and one list of their names.
///
///     struct Autoencoder : nn::Layer {
///       nn::Dense encoder{784, 64, {.activation = relu}}, decoder{64, 784, {.activation = sigmoid}};
///       Variable forward(const Variable& x) override { return decoder(encoder(x)); }
///       void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }
///     };
///
/// Modules move, they do not copy. A module with a call of its own form (several inputs, a struct of outputs)
/// derives from Module; one tensor in, one out, from Layer.
class Module {
 public:
  Module() = default;
  Module(Module&&) = default;
  Module& operator=(Module&&) = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  virtual ~Module() = default;

  /// Names the members that hold parameters: v("kernel", kernel), v("decoder", decoder).
  virtual void visit(Visitor& v);

  /// "Dense": the class's name, without namespaces.
  [[nodiscard]] virtual std::string type_name() const;
  /// What tells it from others of its type: "784 -> 64, relu". Empty for none.
  [[nodiscard]] virtual std::string details() const { return {}; }
  /// "Dense(784 -> 64, relu)", for texts.
  [[nodiscard]] std::string describe() const;

  /// Training mode: dropout and noise act, batch statistics are collected. On at first.
  [[nodiscard]] bool is_training() const { return training_; }
  void train(bool on = true);
  void eval() { train(false); }

  /// What the module itself adds to the loss: its regularisers' penalties (see regularization_loss). Reading
  /// it forgets the activity penalty of the last call.
  virtual std::optional<Variable> take_penalty() { return std::nullopt; }

 protected:
  /// Runs f as this module's work: errors get it into their trail, traced ops its name, an observer its
  /// output if that is a Variable.
  template <class F>
  auto run(F&& f) {
    const Running running(*this);
    try {
      auto y = std::forward<F>(f)();
      if constexpr (std::is_same_v<decltype(y), Variable>) tell_observer(y);
      return y;
    } catch (...) {
      add_to_trail();
      throw;
    }
  }

 private:
  friend struct SetTraining;  // the visitor behind train()
  /// Marks the module as the innermost at work on this thread.
  class Running {
   public:
    explicit Running(const Module& module);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    const void* saved_module_;
    std::string (*saved_describe_)(const void*);
  };
  void add_to_trail();
  void tell_observer(const Variable& y) const;

  bool training_ = true;
};

/// While it lives, sees the output of each module that is called on this thread and gives one tensor.
class LayerObserver {
 public:
  LayerObserver();
  virtual ~LayerObserver();
  LayerObserver(const LayerObserver&) = delete;
  LayerObserver& operator=(const LayerObserver&) = delete;
  virtual void on_output(const Module& module, const Variable& y) = 0;

 private:
  LayerObserver* saved_;
};

/// A module with one tensor in and one out.
class Layer : public Module {
 public:
  virtual Variable forward(const Variable& x) = 0;
  /// forward(x), with the layer's name in errors and traces.
  Variable operator()(const Variable& x);
};

/// All parameters, in the order of the walk; one that appears twice (tied) is listed once, by its first name.
[[nodiscard]] std::vector<NamedParameter> parameters(Module& module);
/// The number of elements in all parameters.
[[nodiscard]] std::int64_t parameter_count(Module& module);

struct NamedModule {
  std::string name;
  Module* module;
};
/// The module itself (name "") and all inside it, outermost first.
[[nodiscard]] std::vector<NamedModule> modules(Module& module);

/// Freezes or thaws all parameters: a frozen one gets no gradient and costs none.
void set_trainable(Module& module, bool on);

/// The sum of the regularisers' penalties of all modules: kernel penalties of the present values, activity
/// penalties of the last call. Empty if there is none. The trainer adds it to the loss.
[[nodiscard]] std::optional<Variable> regularization_loss(Module& module);

}  // namespace hourglass::nn
