#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

/// Medians of repeated timings, and the state of the machine.
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

/// Seconds that a number takes to another thread and back: what two threads pay to work together. Virtual
/// machines are moved between cores near to and far from each other, which changes it by a factor of five.
inline double round_trip() {
  constexpr int kTimes = 20000;
  std::atomic<int> there{0}, back{0};
  const auto await = [](const std::atomic<int>& place, int value) {
    for (int spins = 0; place.load(std::memory_order_acquire) != value; ++spins) {
      if (spins > 10000) std::this_thread::yield();  // there may be one processor only
    }
  };
  std::thread other([&] {
    for (int i = 1; i <= kTimes; ++i) {
      await(there, i);
      back.store(i, std::memory_order_release);
    }
  });
  const double start = seconds();
  for (int i = 1; i <= kTimes; ++i) {
    there.store(i, std::memory_order_release);
    await(back, i);
  }
  const double each = (seconds() - start) / kTimes;
  other.join();
  return each;
}

}  // namespace bench
