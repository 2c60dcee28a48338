#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/processor.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace hourglass {

namespace {

constexpr std::array<std::string_view, 4> kNames{"base", "neon", "avx2", "avx512"};

Instructions as_told() {
  const std::vector<Instructions> sets = processor_instructions();
  const char* const told = std::getenv("HOURGLASS_INSTRUCTIONS");
  if (!told || *told == '\0') return sets.back();
  const auto* const known = std::find(kNames.begin(), kNames.end(), told);
  if (known == kNames.end()) {
    throw DataError("HOURGLASS_INSTRUCTIONS is \"{}\"; use base, avx2, avx512 or neon, or leave it out",
                    told);
  }
  const auto set = static_cast<Instructions>(known - kNames.begin());
  if (std::find(sets.begin(), sets.end(), set) == sets.end()) {
    throw DataError(
        "HOURGLASS_INSTRUCTIONS is \"{}\", but this processor has no more than {}; use that, or "
        "leave it out",
        told, name(sets.back()));
  }
  return set;
}

}  // namespace

std::vector<Instructions> processor_instructions() {
  std::vector<Instructions> sets{Instructions::base};
#if defined(__aarch64__)
  sets.push_back(Instructions::neon);
#elif defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
  if (__builtin_cpu_supports("x86-64-v3")) sets.push_back(Instructions::avx2);
  if (__builtin_cpu_supports("x86-64-v4")) sets.push_back(Instructions::avx512);
#elif defined(__x86_64__) && defined(__GNUC__)  // Clang before 17 knows no levels
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  if (avx2) sets.push_back(Instructions::avx2);
  if (avx2 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd")) {
    sets.push_back(Instructions::avx512);
  }
#endif
  return sets;
}

std::string_view name(Instructions set) { return kNames.at(static_cast<std::size_t>(set)); }

Instructions detail::choose_instructions() {
  const Instructions set = as_told();
  chosen_instructions = static_cast<int>(set);
  return set;
}

}  // namespace hourglass
