#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/base/epilogue.h>

#include <optional>

namespace hourglass::fast {

/// The gradients of y = f(x W + b): dz and its sum in one pass, both products in one parallel loop.
[[nodiscard]] FastPath dense(const Variable& x, const Variable& w, const std::optional<Variable>& b,
                             Epilogue f);

}  // namespace hourglass::fast
