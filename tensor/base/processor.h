#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <vector>

namespace hourglass {

/// Sets of vector instructions, each of which has those before it that are the processor's kind: plain x86-64
/// or arm64, arm64's NEON, x86-64's AVX2 with FMA (x86-64-v3), AVX-512 (x86-64-v4).
enum class Instructions : std::uint8_t { base, neon, avx2, avx512 };

namespace detail {
/// instructions(), or less than 0 while nobody has asked.
inline constinit std::atomic<int> chosen_instructions{-1};
[[nodiscard]] Instructions choose_instructions();
}  // namespace detail

/// The set that everything is computed with: loops (dispatch.h), register tiles, OpenBLAS's kernels. Decided
/// once, when the first of them runs: the best that the processor has, or the one that
/// $HOURGLASS_INSTRUCTIONS names. Throws DataError where that is no set or one that the processor lacks.
/// On arm64, `base` differs from `neon` in that it has no register tiles; its loops are the same.
[[nodiscard]] inline Instructions instructions() {
  const int set = detail::chosen_instructions.load(std::memory_order_relaxed);
  return set >= 0 ? static_cast<Instructions>(set) : detail::choose_instructions();
}
/// What the processor has, from `base` to the best.
[[nodiscard]] std::vector<Instructions> processor_instructions();
[[nodiscard]] std::string_view name(Instructions set);

namespace detail {
/// Within its lifetime instructions() is `set`, which the processor must have, on all threads: so that one
/// program can compare kernels. OpenBLAS keeps its kernels.
class UseInstructions {
 public:
  explicit UseInstructions(Instructions set) : before_(instructions()) { choose(set); }
  ~UseInstructions() { choose(before_); }
  UseInstructions(const UseInstructions&) = delete;
  UseInstructions& operator=(const UseInstructions&) = delete;

 private:
  static void choose(Instructions set) { chosen_instructions = static_cast<int>(set); }
  Instructions before_;
};
}  // namespace detail

}  // namespace hourglass
