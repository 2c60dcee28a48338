#pragma once

#include <hourglass/tensor/base/processor.h>

#include <type_traits>

/// A loop compiled for each set of instructions, and the one that is called chosen by instructions(): so one
/// binary runs everywhere at the width of the machine, and can be told to take less.
///
///     dispatch([=](auto /*set*/) {
///       for (std::int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
///     });
///
/// All that the loop calls is inlined (flatten), and so compiled for the same set. Pointers that are captured
/// lose their __restrict: `#pragma GCC ivdep` says of a loop what it said.
namespace hourglass::detail {

template <Instructions Set>
using SetConstant = std::integral_constant<Instructions, Set>;

/// Code for one set. run(f, a) calls f(a) as code of its own, compiled for that set; only where the processor
/// has it. f's captures are copied inside, to where nothing that is written can change them. Aligned, so that
/// where the linker happens to put a loop makes no difference.
template <Instructions Set>
struct CompiledFor {
  template <class F, class... A>
  __attribute__((noinline, flatten, aligned(64))) static auto run(const F& f, A... a) {
    F own = f;
    return own(a...);
  }
};
#if defined(__x86_64__) && defined(__GNUC__)
template <>
struct CompiledFor<Instructions::avx2> {
  template <class F, class... A>
  __attribute__((target("arch=x86-64-v3"), noinline, flatten, aligned(64))) static auto run(const F& f,
                                                                                            A... a) {
    F own = f;
    return own(a...);
  }
};
template <>
struct CompiledFor<Instructions::avx512> {
  template <class F, class... A>
  __attribute__((target("arch=x86-64-v4"), noinline, flatten, aligned(64))) static auto run(const F& f,
                                                                                            A... a) {
    F own = f;
    return own(a...);
  }
};
#endif

/// Calls f(set), compiled for instructions(); `set` is a constant expression. Builds for sanitizers define
/// HOURGLASS_NO_CLONES, which compiles loops once: for what all processors have.
template <class F>
auto dispatch(const F& f) {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(HOURGLASS_NO_CLONES)
  switch (instructions()) {
    case Instructions::avx512:
      return CompiledFor<Instructions::avx512>::run(f, SetConstant<Instructions::avx512>());
    case Instructions::avx2:
      return CompiledFor<Instructions::avx2>::run(f, SetConstant<Instructions::avx2>());
    default:
      break;
  }
#endif
  return CompiledFor<Instructions::base>::run(f, SetConstant<Instructions::base>());
}

}  // namespace hourglass::detail
