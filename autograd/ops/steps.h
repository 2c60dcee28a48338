#pragma once

#include <hourglass/autograd/variable.h>

#include <optional>

/// Sequences of different lengths in one tensor (N, T, …): of sequence i the first lengths[i] steps are
/// there, 1 to T, what lies beyond is padding. lengths (N,) int64. All throw ShapeError, DTypeError or
/// DataError for lengths that do not fit.
namespace hourglass {

/// 1 where a step is there, else 0.    (N,) -> (N, T) uint8
[[nodiscard]] Tensor steps_there(const Tensor& lengths, std::int64_t steps);

/// x with 0 in place of what is padding, nan and inf included.    dx = dy with 0 there
[[nodiscard]] Variable mask_steps(const Variable& x, const Tensor& lengths);

/// The steps of each sequence in reverse order; padding stays where it is.    dx = dy with its steps reversed
[[nodiscard]] Variable reverse_steps(const Variable& x, const std::optional<Tensor>& lengths = {});

/// How many steps of each sequence are there, where padding is nan: up to the last step with a number in it,
/// at least 1.    x (N, T, …) -> (N,) int64
[[nodiscard]] Tensor lengths_of(const Tensor& x);

}  // namespace hourglass
