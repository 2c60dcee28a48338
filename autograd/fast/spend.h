#pragma once

#include <hourglass/autograd/variable.h>

#include <optional>

namespace hourglass::fast {

/// The gradient's value, with its memory where nobody else has it: for what reads dy first and last.
[[nodiscard]] Tensor spend(const Variable& dy);

/// x if a gradient will read it, else nothing, so that it can be freed.
[[nodiscard]] inline std::optional<Variable> kept_if(bool needed, const Variable& x) {
  return needed ? std::optional(x) : std::nullopt;
}
[[nodiscard]] inline const Tensor* value_of(const std::optional<Variable>& x) {
  return x ? &x->value() : nullptr;
}

}  // namespace hourglass::fast
