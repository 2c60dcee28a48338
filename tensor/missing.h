#pragma once

#include <hourglass/tensor/shape.h>

#include <string>

namespace hourglass::detail {

/// What to add to an error about two operands if one of them has shape (0,), as a Tensor has that nothing was
/// put into, a batch's y without targets for one; else nothing.
[[nodiscard]] std::string note_if_missing(const Shape& a, const Shape& b);

}  // namespace hourglass::detail
