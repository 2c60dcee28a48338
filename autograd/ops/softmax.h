#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/softmax.h>

namespace hourglass {

[[nodiscard]] Variable softmax(const Variable& x, int axis = -1);      // dx = y (dy − Σ dy y)
[[nodiscard]] Variable log_softmax(const Variable& x, int axis = -1);  // dx = dy − e^y Σ dy

}  // namespace hourglass
