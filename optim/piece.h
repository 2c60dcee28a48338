#pragma once

#include <hourglass/tensor/base/clones.h>

#include <cstddef>
#include <cstdint>
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

}  // namespace hourglass::optim
