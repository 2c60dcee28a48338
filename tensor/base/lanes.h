#pragma once

#include <cstdint>

/// Sixteen numbers that are computed with as one, where a loop over them would not become vector code by
/// itself. Inside a function with clones (clones.h) they are one AVX-512 register of float, two of AVX2, four
/// of plain x86-64.
namespace hourglass::detail {

inline constexpr std::int64_t kLanes = 16;

template <class T>
struct LanesOf {
  typedef T type __attribute__((vector_size(16 * sizeof(T)), aligned(alignof(T)), may_alias));
};
template <class T>
using Lanes = typename LanesOf<T>::type;

/// The sixteen numbers at p, to be read or written.
template <class T>
[[gnu::always_inline]] inline Lanes<T>& lanes(T* p) {
  return *reinterpret_cast<Lanes<T>*>(p);
}
template <class T>
[[gnu::always_inline]] inline const Lanes<T>& lanes(const T* p) {
  return *reinterpret_cast<const Lanes<T>*>(p);
}

}  // namespace hourglass::detail
