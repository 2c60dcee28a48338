#pragma once

#include <hourglass/tensor/base/dispatch.h>

#include <cstdint>
#include <utility>

/// Numbers that are computed with as one, where a loop over them would not become vector code by itself.
namespace hourglass::detail {

/// What layouts and the order of sums count in: whole registers of every set of instructions, so that neither
/// depends on the set.
inline constexpr std::int64_t kLanes = 16;

/// Numbers of type T in one vector register.
template <class T>
[[nodiscard]] constexpr std::int64_t lanes_of(Instructions set) {
  constexpr auto size = static_cast<std::int64_t>(sizeof(T));
  return (set == Instructions::avx512 ? 64 : set == Instructions::avx2 ? 32 : 16) / size;
}

/// N of them; compilers keep them in a register if N is lanes_of the set that they compile for.
template <class T, std::int64_t N>
struct LanesOf {
  typedef T type __attribute__((vector_size(N * sizeof(T)), aligned(alignof(T)), may_alias));
};
template <class T, std::int64_t N>
using Lanes = typename LanesOf<T, N>::type;

/// The N numbers at p, to be read or written.
template <std::int64_t N, class T>
[[gnu::always_inline]] inline Lanes<T, N>& lanes(T* p) {
  return *reinterpret_cast<Lanes<T, N>*>(p);
}
template <std::int64_t N, class T>
[[gnu::always_inline]] inline const Lanes<T, N>& lanes(const T* p) {
  return *reinterpret_cast<const Lanes<T, N>*>(p);
}

/// f(0), …, f(n − 1) written out, so that an array indexed by them can live in registers.
template <int N, class F>
[[gnu::always_inline]] inline void repeat(F f) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, I>()), ...);
  }
  (std::make_integer_sequence<int, N>());
}

}  // namespace hourglass::detail
