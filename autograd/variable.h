#pragma once

#include <hourglass/autograd/node.h>
#include <hourglass/tensor/tensor.h>

#include <any>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hourglass {

/// A Tensor with a history: the value, and how it was computed from other variables.
///
/// A cheap handle on a node of the graph; copying shares. A Tensor converts to a constant by itself.
class Variable {
 public:
  Variable() : Variable(Tensor()) {}
  Variable(Tensor value);  // NOLINT(google-explicit-constructor): a constant
  /// A leaf to differentiate by, such as a layer's kernel. Throws DTypeError unless floating.
  static Variable parameter(Tensor value);

  Variable(const Variable&) = default;
  Variable(Variable&&) noexcept = default;
  Variable& operator=(const Variable&) & = default;
  Variable& operator=(Variable&&) & noexcept = default;
  ~Variable() = default;

  /// Throws GradientError inside backward if the value was changed in place after it was recorded.
  [[nodiscard]] const Tensor& value() const;
  [[nodiscard]] const Shape& shape() const { return node_->value.shape(); }
  [[nodiscard]] std::int64_t shape(int axis) const { return node_->value.shape(axis); }
  [[nodiscard]] int rank() const { return node_->value.rank(); }
  [[nodiscard]] std::int64_t size() const { return node_->value.size(); }
  [[nodiscard]] DType dtype() const { return node_->value.dtype(); }
  [[nodiscard]] double item() const { return node_->value.item(); }

  /// Replaces a leaf's value, as an optimizer does (same shape and type). Throws GradientError for the result
  /// of an op, ShapeError or DTypeError if the new value differs in form.
  void set_value(Tensor value);
  /// Writes through to a leaf's elements.
  [[nodiscard]] Tensor& mutable_value();

  /// Whether gradients flow to this variable: true for parameters and for everything computed from them.
  [[nodiscard]] bool requires_grad() const { return node_->requires_grad; }
  /// Freezes or thaws a leaf. Throws GradientError for the result of an op.
  void set_requires_grad(bool on);

  /// What backward() accumulated here; empty before, and after clear_gradient().
  [[nodiscard]] std::optional<Variable> gradient() const;
  void clear_gradient();
  void set_gradient(const Variable& gradient);

  /// A constant with the same value.
  [[nodiscard]] Variable detach() const { return {node_->value}; }

  [[nodiscard]] bool is_leaf() const { return node_->is_leaf(); }
  [[nodiscard]] const NodePtr& node() const { return node_; }
  explicit Variable(NodePtr node) : node_(std::move(node)) {}

 private:
  NodePtr node_;
};

/// Writes the value's str().
std::ostream& operator<<(std::ostream& out, const Variable& x);

/// A parameter under its name in the model: "encoder.0.kernel".
struct NamedParameter {
  std::string name;
  Variable variable;
};

/// One input of an op and the formula for its gradient, a vector-Jacobian product:
/// formula(dy, y) -> dx = dyᵀ ∂y/∂x.
/// The formula gets the gradient dy of the output and the output y itself; it may hold inputs, but never its
/// own output, so no cycle can be written. For a constant input it is dropped at once with all it holds.
struct Input {
  Variable variable;
  Formula gradient;
};

/// The output of an op, fresh from the record. Two things can be added to its formulas:
class Recorded : public Variable {
 public:
  explicit Recorded(Variable output) : Variable(std::move(output)) {}
  /// A first factor that all formulas share, dz = slope(dy, y): an activation's gradient in a fused layer.
  /// The formulas get dz in place of dy.
  [[nodiscard]] Recorded after(Formula slope) &&;
  /// What computes the gradients of several inputs at once and faster, for the inputs that are wanted, where
  /// nothing is recorded; see autograd/fast. For ops of up to four inputs.
  [[nodiscard]] Recorded with_fast(FastPath fast) &&;
  /// What the op was called with besides its inputs, for a Tape (autograd/tape.h, which ops include for it).
  template <class... A>
  [[nodiscard]] Recorded called_with(const A&... arguments) &&;
};

/// Puts an op on the record: its name, its value and, for each input, one formula. Returns the output.
/// Costs nothing but the handle when recording is off or no input needs a gradient.
[[nodiscard]] Recorded record(const char* op, Tensor value, std::initializer_list<Input> inputs);
[[nodiscard]] Recorded record(const char* op, Tensor value, std::span<const Input> inputs);

namespace detail {

/// Puts calls of ops on the Tape that runs on this thread.
struct OnTape {
  static bool is_on();
  static void add(const char* op, const Variable& output, std::span<const Input> inputs);
  static void add_arguments(std::any arguments);
};

/// While it lives, recording is on or off on this thread.
class SetRecording {
 public:
  explicit SetRecording(bool on);
  ~SetRecording();
  SetRecording(const SetRecording&) = delete;
  SetRecording& operator=(const SetRecording&) = delete;

 private:
  bool saved_;
};

}  // namespace detail

/// While it lives, nothing is recorded on this thread.
class NoGrad : detail::SetRecording {
 public:
  NoGrad() : SetRecording(false) {}
};
/// While it lives, ops are recorded on this thread, within a NoGrad too.
class EnableGrad : detail::SetRecording {
 public:
  EnableGrad() : SetRecording(true) {}
};

/// f() with recording off:  auto y = no_grad([&] { return model(x); });
template <class F>
decltype(auto) no_grad(F&& f) {
  const NoGrad guard;
  return std::forward<F>(f)();
}
/// f() with recording on, for a gradient within what is not to be recorded:
///     no_grad([&] { … enable_grad([&] { return grad(score(x), x); }) … });
template <class F>
decltype(auto) enable_grad(F&& f) {
  const EnableGrad guard;
  return std::forward<F>(f)();
}

[[nodiscard]] bool is_recording();

}  // namespace hourglass
