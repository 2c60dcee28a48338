#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/processor.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>

namespace hourglass {

namespace {

constexpr std::array<std::string_view, 3> kNames{"base", "avx2", "avx512"};

Instructions as_told() {
  const Instructions most = processor_instructions();
  const char* const told = std::getenv("HOURGLASS_INSTRUCTIONS");
  if (!told || *told == '\0') return most;
  const auto* const known = std::find(kNames.begin(), kNames.end(), told);
  if (known == kNames.end()) {
    throw DataError("HOURGLASS_INSTRUCTIONS is \"{}\"; use base, avx2 or avx512, or leave it out", told);
  }
  return std::min(static_cast<Instructions>(known - kNames.begin()), most);
}

std::atomic<Instructions>& chosen() {
  static std::atomic<Instructions> set{as_told()};
  return set;
}

}  // namespace

Instructions processor_instructions() {
#if defined(__x86_64__) && defined(__GNUC__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd")) {
    return Instructions::avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Instructions::avx2;
#endif
  return Instructions::base;
}

Instructions instructions() { return chosen().load(std::memory_order_relaxed); }

std::string_view name(Instructions set) { return kNames.at(static_cast<std::size_t>(set)); }

namespace detail {

LimitInstructions::LimitInstructions(Instructions most) : before_(instructions()) {
  chosen() = std::min(most, before_);
}
LimitInstructions::~LimitInstructions() { chosen() = before_; }

}  // namespace detail

}  // namespace hourglass
