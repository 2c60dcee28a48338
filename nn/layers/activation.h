#pragma once

#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/softmax.h>
#include <hourglass/nn/module.h>
#include <hourglass/tensor/base/function.h>
#include <hourglass/tensor/ops/linalg.h>

#include <string>
#include <type_traits>

namespace hourglass::nn {

/// A function that a layer applies to its output: one of the library's by name, {.activation = relu}, or any
/// callable Variable -> Variable, {.activation = [](const Variable& x) { return leaky_relu(x, 0.2); }}.
///
/// leaky_relu, elu, softmax and log_softmax by name have their default argument (α = 0.01, α = 1, the last
/// axis). Throws DataError for a function with a second argument that is none of these.
class Activation {
 public:
  using Function = Variable (*)(const Variable&);
  using FunctionOfNumber = Variable (*)(const Variable&, double);
  using FunctionOfAxis = Variable (*)(const Variable&, int);

  Activation() = default;                 // linear: y = x
  Activation(Function function);          // NOLINT(google-explicit-constructor)
  Activation(FunctionOfNumber function);  // NOLINT(google-explicit-constructor)
  Activation(FunctionOfAxis function);    // NOLINT(google-explicit-constructor)
  template <class F>
  requires(std::is_class_v<std::decay_t<F>> && !std::is_same_v<std::decay_t<F>, Activation> &&
           std::is_invocable_r_v<Variable, const F&, const Variable&>)
      Activation(F f, std::string name = "custom")  // NOLINT(google-explicit-constructor)
      : callable_(std::move(f)), name_(std::move(name)) {}

  static const Activation linear;

  [[nodiscard]] Variable operator()(const Variable& x) const;
  [[nodiscard]] bool is_linear() const { return !function_ && !callable_; }
  /// "relu", "linear"; "custom" for a function that the library does not know.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// The activation as part of a matrix product's pass; none if it is linear or has to be applied after it.
  [[nodiscard]] Epilogue epilogue() const { return epilogue_; }

  /// The name; throws DataError for a function without one that is known.
  friend std::string to_text(const Activation& activation);
  /// One of the library's, or one that register_activation has named; throws DataError for another.
  friend void from_text(std::string_view text, Activation& activation);

 private:
  Function function_ = nullptr;
  SharedFunction<Variable(const Variable&)> callable_;
  std::string name_ = "linear";
  Epilogue epilogue_ = Epilogue::none;
};

/// Gives a function of one's own a name, by which model files can hold it:
///     nn::register_activation("swish_2", [](const Variable& x) { return x * sigmoid(2 * x); });
/// Layers made with nn::activation_named("swish_2") can be saved, and loaded by programs that register it.
/// Throws DataError for a name that is taken.
void register_activation(const std::string& name, Activation f);
/// Throws DataError for a name that is not known, and lists those that are.
[[nodiscard]] Activation activation_named(std::string_view name);

/// An activation as a layer:  y = f(x), any shape.
class ActivationLayer : public Layer {
 public:
  explicit ActivationLayer(Activation f) : f_(std::move(f)) {}
  Variable forward(const Variable& x) override { return f_(x); }
  [[nodiscard]] std::string details() const override { return f_.name(); }
  [[nodiscard]] const Activation& function() const { return f_; }

 private:
  Activation f_;
};

/// Any function as a layer, Keras's Lambda; what stands for a function in a Sequential.
struct Lambda final : ActivationLayer {
  explicit Lambda(Activation f) : ActivationLayer(std::move(f)) {}

  struct Config {
    Activation function{};
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("function", c.function);
    }
  };
  [[nodiscard]] Config config() const { return {function()}; }
  static Lambda from_config(const Config& c) { return Lambda(c.function); }
};

struct ReLU final : ActivationLayer {
  ReLU() : ActivationLayer(relu) {}
};
struct Sigmoid final : ActivationLayer {
  Sigmoid() : ActivationLayer(sigmoid) {}
};
struct Tanh final : ActivationLayer {
  Tanh() : ActivationLayer(tanh) {}
};
struct SELU final : ActivationLayer {
  SELU() : ActivationLayer(selu) {}
};
struct GELU final : ActivationLayer {
  GELU() : ActivationLayer(gelu) {}
};
struct SiLU final : ActivationLayer {
  SiLU() : ActivationLayer(silu) {}
};
struct Softplus final : ActivationLayer {
  Softplus() : ActivationLayer(softplus) {}
};

/// x for x > 0, else αx.
class LeakyReLU final : public Layer {
 public:
  explicit LeakyReLU(double alpha = 0.3) : alpha_(alpha) {}  // Keras's default
  Variable forward(const Variable& x) override { return leaky_relu(x, alpha_); }
  [[nodiscard]] std::string details() const override;

  struct Config {
    double alpha = 0.3;
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("alpha", c.alpha);
    }
  };
  [[nodiscard]] Config config() const { return {alpha_}; }
  static LeakyReLU from_config(const Config& c) { return LeakyReLU(c.alpha); }

 private:
  double alpha_;
};

/// x for x > 0, else α(eˣ − 1).
class ELU final : public Layer {
 public:
  explicit ELU(double alpha = 1.0) : alpha_(alpha) {}
  Variable forward(const Variable& x) override { return elu(x, alpha_); }
  [[nodiscard]] std::string details() const override;

  struct Config {
    double alpha = 1.0;
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("alpha", c.alpha);
    }
  };
  [[nodiscard]] Config config() const { return {alpha_}; }
  static ELU from_config(const Config& c) { return ELU(c.alpha); }

 private:
  double alpha_;
};

/// e^xᵢ / Σ e^xⱼ along an axis.
class Softmax final : public Layer {
 public:
  explicit Softmax(int axis = -1) : axis_(axis) {}
  Variable forward(const Variable& x) override { return softmax(x, axis_); }
  [[nodiscard]] std::string details() const override;

  struct Config {
    int axis = -1;
    template <class V>
    friend void visit(Config& c, V&& v) {
      v("axis", c.axis);
    }
  };
  [[nodiscard]] Config config() const { return {axis_}; }
  static Softmax from_config(const Config& c) { return Softmax(c.axis); }

 private:
  int axis_;
};

}  // namespace hourglass::nn
