#pragma once

#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/map.h>

namespace hourglass::detail {

/// Both operands brought to their common shape, so that no formula has to undo a broadcast. Throws DTypeError
/// for mixed types, ShapeError.
struct Pair {
  Pair(const char* op, const Variable& x, const Variable& y) : a(x), b(y) {
    expect_same_type(op, a.value(), b.value());
    if (a.shape() == b.shape()) return;
    const Shape shape = broadcast_shapes(op, a.shape(), b.shape());
    if (!(a.shape() == shape)) a = broadcast_to(a, shape);
    if (!(b.shape() == shape)) b = broadcast_to(b, shape);
  }
  Variable a, b;
};

}  // namespace hourglass::detail
