#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/nn/visitor.h>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Layers, losses, initialisers, and what walks over them.
namespace hourglass::nn {

namespace internal {
/// "Dense": a class's name, without namespaces.
[[nodiscard]] std::string type_name(const std::type_info& type);
}  // namespace internal

/// A plain object with value members and one list of their names.
///
///     struct Autoencoder : nn::Layer {
///       nn::Dense encoder{784, 64, {.activation = relu}}, decoder{64, 784, {.activation = sigmoid}};
///       Variable forward(const Variable& x) override { return decoder(encoder(x)); }
///       void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }
///     };
///
/// Modules move, they do not copy: clone(model) gives a second one (nn/clone.h), and copying one without it
/// throws. A module that was moved from can be assigned to; anything else throws. A module with a call of its
/// own form (several inputs, a struct of outputs) derives from Module; one tensor in, one out, from Layer.
class Module {
 public:
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

  /// False after set_trainable(module, false): for layers with statistics that follow the data.
  [[nodiscard]] bool is_trainable() const { return trainable_; }

  /// What the module itself adds to the loss: its regularisers' penalties (see regularization_loss). Reading
  /// it forgets the activity penalty of the last call.
  virtual std::optional<Variable> take_penalty() { return std::nullopt; }

 protected:
  Module() = default;
  Module(Module&& other) noexcept;
  /// For clone(); throws DataError where nothing is cloned.
  Module(const Module& other);
  // Assignment is each type's own: through a base, layers[0] = Dense(2, 9), it would leave the members alone.
  /// Throws DataError if the types differ.
  // NOLINTNEXTLINE(performance-noexcept-move-constructor,bugprone-exception-escape): it refuses others
  Module& operator=(Module&& other);
  Module& operator=(const Module&) = delete;

  /// Runs f as this module's work: errors get it into their trail, traced ops its name, an observer its
  /// output if that is a Variable. Throws DataError if the module was moved from.
  template <class F>
  auto run(F&& f) {
    const Running running(*this);
    try {
      expect_whole();
      auto y = std::forward<F>(f)();
      if constexpr (std::is_same_v<decltype(y), Variable>) tell_observer(y);
      if constexpr (std::is_same_v<decltype(y), std::vector<Variable>>) {
        if (y.size() == 1) tell_observer(y.front());
      }
      return y;
    } catch (...) {
      add_to_trail();
      throw;
    }
  }

 private:
  friend class Visitor;
  friend struct SetTraining;  // the visitors behind train() and set_trainable()
  friend struct SetTrainable;
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
  void expect_whole() const;
  void add_to_trail();
  void tell_observer(const Variable& y) const;

  mutable bool training_ = true;  // a summary of a const model calls it in evaluation mode
  bool trainable_ = true;
  bool moved_from_ = false;
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

 protected:
  Layer() = default;
  Layer(Layer&&) noexcept = default;
  Layer(const Layer&) = default;
  Layer& operator=(Layer&&) = default;
};

/// A layer of several tensors, in or out or both: what merges them, a Graph. Where it has one of each, it
/// stands for any Layer.
class MultiLayer : public Layer {
 public:
  virtual std::vector<Variable> call(const std::vector<Variable>& x) = 0;
  /// call({x}). Throws DataError if it gives several.
  Variable forward(const Variable& x) final;
  using Layer::operator();
  /// call(x), with the layer's name in errors and traces.
  std::vector<Variable> operator()(const std::vector<Variable>& x);

 protected:
  MultiLayer() = default;
  MultiLayer(MultiLayer&&) noexcept = default;
  MultiLayer(const MultiLayer&) = default;
  MultiLayer& operator=(MultiLayer&&) = default;
};

/// All parameters, in the order of the walk; one that appears twice (tied) is listed once, by its first name.
/// They are handles: those of a const module can be changed too. Throws DataError if two have one name.
[[nodiscard]] std::vector<NamedParameter> parameters(const Module& module);
/// The number of elements in all parameters.
[[nodiscard]] std::int64_t parameter_count(const Module& module);
/// Throws DataError for names that one file cannot hold together: two of one name, or "a" beside "a.b". (What
/// else a name must not be, each walk says; see Visitor.)
void check_names(const Module& module);

struct NamedModule {
  std::string name;
  Module* module;
};
/// The module itself (name "") and all inside it, outermost first; a shared one once, by its first name.
[[nodiscard]] std::vector<NamedModule> modules(Module& module);

/// Freezes or thaws all parameters: a frozen one gets no gradient, and what would compute it alone is not
/// computed. Statistics that follow the data stand still too, see BatchNormalization.
void set_trainable(Module& module, bool on);

/// The sum of the regularisers' penalties of all modules: kernel penalties of the present values, activity
/// penalties of the last call. Empty if there is none. The trainer adds it to the loss.
[[nodiscard]] std::optional<Variable> regularization_loss(Module& module);

}  // namespace hourglass::nn
