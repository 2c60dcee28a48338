#pragma once

#include <hourglass/tensor/base/clones.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace hourglass::optim {

/// One block of a parameter: its value, its gradient, and what the optimizer keeps for it. The rows of value
/// and slots begin `stride` elements apart, those of the gradient `gradient_stride`.
template <class T>
struct Piece {
  T* value;
  const T* gradient;
  T* slots[3];
  std::int64_t rows = 1, columns = 0, stride = 0, gradient_stride = 0;
};

/// Calls f(w, g, slots…) for every element, for a given number of slots.
template <class T, class F, std::size_t... S>
HOURGLASS_CLONES void for_each_element(const Piece<T>& p, F f, std::index_sequence<S...> /*slots*/) {
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const std::int64_t first = row * p.stride;
    T* const value = p.value + first;
    const T* const gradient = p.gradient + row * p.gradient_stride;
    T* const slots[] = {(p.slots[S] + first)..., nullptr};
#pragma GCC ivdep  // none of them overlap
    for (std::int64_t i = 0; i < p.columns; ++i) f(value[i], gradient[i], slots[S][i]...);
  }
}

/// Calls f(w, g, slots…) for every element, w and the slots by reference: the update's formula. In vector
/// registers, so f must be free of branches.
template <class T, class F>
void for_each_element(const Piece<T>& p, F f) {
  if constexpr (std::is_invocable_v<F, T&, T>) {
    for_each_element(p, f, std::make_index_sequence<0>());
  } else if constexpr (std::is_invocable_v<F, T&, T, T&>) {
    for_each_element(p, f, std::make_index_sequence<1>());
  } else if constexpr (std::is_invocable_v<F, T&, T, T&, T&>) {
    for_each_element(p, f, std::make_index_sequence<2>());
  } else {
    for_each_element(p, f, std::make_index_sequence<3>());
  }
}

template <class T>
HOURGLASS_CLONES bool all_finite(const T* values, std::int64_t n) {
  // Of nan and infinity all bits of the exponent are set. On whole numbers, so that it becomes vector code.
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const Bits sign = Bits{1} << (8 * sizeof(T) - 1),
             infinity = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
  Bits largest = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Bits magnitude = std::bit_cast<Bits>(values[i]) & ~sign;
    largest = magnitude > largest ? magnitude : largest;
  }
  return largest < infinity;
}

/// Whether no element of the value is nan or infinite.
template <class T>
[[nodiscard]] bool all_finite(const Piece<T>& p) {
  bool finite = true;
  for (std::int64_t row = 0; row < p.rows; ++row)
    finite = all_finite(p.value + row * p.stride, p.columns) && finite;
  return finite;
}

}  // namespace hourglass::optim
