#pragma once

#include <cstdint>
#include <string_view>

namespace hourglass {

/// Sets of vector instructions: plain x86-64 (or what arm64 always has), AVX2 with FMA, AVX-512.
enum class Instructions : std::uint8_t { base, avx2, avx512 };

/// The set that kernels are chosen for, decided once: what the processor has, or less where
/// $HOURGLASS_INSTRUCTIONS is "base" or "avx2" ("avx512": no less). Throws DataError for another value.
/// It decides between register tiles and OpenBLAS, and which of OpenBLAS's kernels; loops compiled several
/// times (clones.h) are chosen by the loader before it is read, and so always for what the processor has.
[[nodiscard]] Instructions instructions();
/// What the processor has.
[[nodiscard]] Instructions processor_instructions();
[[nodiscard]] std::string_view name(Instructions set);

namespace detail {
/// Within its lifetime instructions() is at most this, on all threads: so that one program can compare
/// kernels.
class LimitInstructions {
 public:
  explicit LimitInstructions(Instructions most);
  ~LimitInstructions();
  LimitInstructions(const LimitInstructions&) = delete;
  LimitInstructions& operator=(const LimitInstructions&) = delete;

 private:
  Instructions before_;
};
}  // namespace detail

}  // namespace hourglass
