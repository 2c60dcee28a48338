#pragma once

#include <hourglass/tensor/base/dispatch.h>

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

namespace detail {

template <class T, class F, std::size_t... S>
bool for_each_element(const Piece<T>& p, F f, std::index_sequence<S...> /*slots*/) {
  return hourglass::detail::dispatch([=](auto /*set*/) {
    // Of nan and infinity all bits of the exponent are set. On whole numbers, so that it becomes vector code.
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    const Bits sign = Bits{1} << (8 * sizeof(T) - 1),
               infinity = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());
    Bits largest = 0;
    for (std::int64_t row = 0; row < p.rows; ++row) {
      const std::int64_t first = row * p.stride;
      T* const value = p.value + first;
      const T* const gradient = p.gradient + row * p.gradient_stride;
      T* const slots[] = {(p.slots[S] + first)..., nullptr};
#pragma GCC ivdep  // none of them overlap
      for (std::int64_t i = 0; i < p.columns; ++i) {
        f(value[i], gradient[i], slots[S][i]...);
        const Bits magnitude = std::bit_cast<Bits>(value[i]) & ~sign;
        largest = magnitude > largest ? magnitude : largest;
      }
    }
    return largest < infinity;
  });
}

}  // namespace detail

/// Calls f(w, g, slots…) for every element, w and the slots by reference: the update's formula. In vector
/// registers, so f must be free of branches. Returns whether no w is nan or infinite afterwards.
template <class T, class F>
bool for_each_element(const Piece<T>& p, F f) {
  if constexpr (std::is_invocable_v<F, T&, T>) {
    return detail::for_each_element(p, f, std::make_index_sequence<0>());
  } else if constexpr (std::is_invocable_v<F, T&, T, T&>) {
    return detail::for_each_element(p, f, std::make_index_sequence<1>());
  } else if constexpr (std::is_invocable_v<F, T&, T, T&, T&>) {
    return detail::for_each_element(p, f, std::make_index_sequence<2>());
  } else {
    return detail::for_each_element(p, f, std::make_index_sequence<3>());
  }
}

}  // namespace hourglass::optim
