#pragma once

#include <hourglass/autograd/variable.h>

#include <span>
#include <string>

namespace hourglass {

enum class Tracing : std::uint8_t {
  off,
  layers,      // each recorded op remembers the layer that it was called in
  non_finite,  // and the first op to make a nan or infinity throws
};
[[nodiscard]] Tracing tracing();

/// While it lives, every value and gradient computed on this thread is looked at, and the first nan or
/// infinity throws a GradientError that names the op and the layer:
///
///     const hg::Trace trace;
///     backward(loss(model, batch));   // GradientError: log: made the first nan or infinity, …
///
/// Costs one more pass over each value; for finding the cause, not for every day.
class Trace {
 public:
  explicit Trace(Tracing mode = Tracing::non_finite);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

 private:
  Tracing saved_;
};

/// What "the layer" is called is known to nn/: it leaves a pointer and a way to describe it.
struct LayerAtWork {
  const void* layer = nullptr;
  std::string (*describe)(const void*) = nullptr;
};
/// Makes `next` the innermost layer at work on this thread and returns the one before.
LayerAtWork exchange_layer_at_work(LayerAtWork next);
/// Its description, or "" outside of any layer.
[[nodiscard]] std::string current_layer();

namespace detail {

/// Throws if `value` holds a nan or infinity.
void trace_value(const char* op, const Variable& value, std::span<const Input> inputs);
void trace_gradient(const Node& node, std::size_t input, const Variable& gradient);

/// Within its lifetime the formulas of `node` run: a value older than the node that was changed after it must
/// not be read.
class FormulasOf {
 public:
  explicit FormulasOf(const Node& node);
  ~FormulasOf();
  FormulasOf(const FormulasOf&) = delete;
  FormulasOf& operator=(const FormulasOf&) = delete;

 private:
  const Node* saved_;
};
void check_unchanged(const Node& node);

}  // namespace detail
}  // namespace hourglass
