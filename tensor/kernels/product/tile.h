#pragma once

#include <hourglass/tensor/base/lanes.h>
#include <hourglass/tensor/base/processor.h>

#include <utility>

/// Before a function of AVX-512 code; call it only where has_register_tiles().
#if defined(__x86_64__) && defined(__GNUC__)
// Aligned, so that where the linker happens to put a loop makes no difference.
#define HOURGLASS_AVX512 __attribute__((target("arch=x86-64-v4"), aligned(64)))
#else
#define HOURGLASS_AVX512
#endif

/// The microkernel of products and convolutions of float32: a tile of results that stays in registers while
/// everything that belongs to it is summed up.
namespace hourglass::detail {

/// Whether there are 32 registers of 16 numbers to work in: AVX-512.
[[nodiscard]] inline bool has_register_tiles() { return instructions() == Instructions::avx512; }

/// f(0), …, f(n − 1) written out, so that an array indexed by them can live in registers.
template <int N, class F>
[[gnu::always_inline]] inline void repeat(F f) {
  [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
    (f(std::integral_constant<int, I>()), ...);
  }
  (std::make_integer_sequence<int, N>());
}

/// The microkernel: z (P, B · 16), in registers as long as P · B stays below 29.
template <int P, int B>
struct RegisterTile {
  static constexpr std::int64_t kWidth = B * kLanes;
  Lanes<float> z[P][B];

  /// z[p, :] = row, or 0 where row is null.
  [[gnu::always_inline]] void fill(const float* row) {
    each([&](auto p, auto b)
             __attribute__((always_inline)) { z[p][b] = row ? lanes(row + b * kLanes) : Lanes<float>{}; });
  }
  [[gnu::always_inline]] void load(const float* from, std::int64_t stride) {
    each([&](auto p, auto b)
             __attribute__((always_inline)) { z[p][b] = lanes(from + p * stride + b * kLanes); });
  }
  /// The same of the first `width` columns, 0 in the others.
  [[gnu::always_inline]] void load(const float* from, std::int64_t stride, std::int64_t width) {
    if (width >= kWidth) return load(from, stride);
    float all[P * kWidth] = {};
    for (int p = 0; p < P; ++p) {
      for (std::int64_t i = 0; i < width; ++i) all[p * kWidth + i] = from[p * stride + i];
    }
    load(all, kWidth);
  }
  [[gnu::always_inline]] void store(float* to, std::int64_t stride) const {
    each([&](auto p, auto b)
             __attribute__((always_inline)) { lanes(to + p * stride + b * kLanes) = z[p][b]; });
  }
  /// The same of the first `width` columns alone.
  [[gnu::always_inline]] void store(float* to, std::int64_t stride, std::int64_t width) const {
    if (width >= kWidth) return store(to, stride);
    float all[P * kWidth];
    store(all, kWidth);
    for (int p = 0; p < P; ++p) {
      for (std::int64_t i = 0; i < width; ++i) to[p * stride + i] = all[p * kWidth + i];
    }
  }
  [[gnu::always_inline]] void relu() {
    each([&](auto p, auto b)
             __attribute__((always_inline)) { z[p][b] = z[p][b] < 0.0F ? Lanes<float>{} : z[p][b]; });
  }

  /// z[p, :] += Σ_k a(p, k) b(k, :)   for a(p, k) at a + p · a_row + k · a_step, b(k, :) at b + k · b_step
  [[gnu::always_inline]] void add(std::int64_t count, const float* a, std::int64_t a_row, std::int64_t a_step,
                                  const float* b, std::int64_t b_step) {
    for (std::int64_t k = 0; k < count; ++k, a += a_step, b += b_step) {
      repeat<P>([&](auto p) __attribute__((always_inline)) {
        const float v = a[p * a_row];
        repeat<B>([&](auto l) __attribute__((always_inline)) { z[p][l] += v * lanes(b + l * kLanes); });
      });
    }
  }

 private:
  template <class F>
  [[gnu::always_inline]] void each(F f) const {
    repeat<P>([&](auto p) __attribute__((always_inline)) {
      repeat<B>([&](auto b) __attribute__((always_inline)) { f(p, b); });
    });
  }
};

}  // namespace hourglass::detail
