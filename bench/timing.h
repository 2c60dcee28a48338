#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

/// Medians of repeated timings.
namespace bench {

inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Timing {
  double median, least;  // seconds a call
};

/// Calls f often enough for blocks of about `block` seconds, `repeats` of them after a warm-up.
template <class F>
Timing time_of(F&& f, int repeats = 9, double block = 0.04) {
  for (int i = 0; i < 3; ++i) f();
  double start = seconds();
  std::int64_t count = 0;
  for (; seconds() - start < 0.03; ++count) f();
  const double once = (seconds() - start) / static_cast<double>(count);
  const auto calls = std::max<std::int64_t>(static_cast<std::int64_t>(block / once), 1);
  std::vector<double> times;
  for (int r = 0; r < repeats; ++r) {
    start = seconds();
    for (std::int64_t i = 0; i < calls; ++i) f();
    times.push_back((seconds() - start) / static_cast<double>(calls));
  }
  return {median(times), *std::min_element(times.begin(), times.end())};
}

}  // namespace bench
