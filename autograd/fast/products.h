#pragma once

#include <hourglass/autograd/variable.h>

namespace hourglass::fast {

/// As backward(loss), for an optimizer that steps at once: where the gradient of a leaf with takes(leaf) is a
/// product, such as dW = Xᵀ dZ of a dense layer's kernel, it may stay one (Gradient::product). It is
/// multiplied when somebody asks for the leaf's gradient(). What the product reads must not change before
/// that.
void backward_leaving_products(const Variable& loss, FunctionRef<bool(const Node& leaf)> takes);

}  // namespace hourglass::fast
