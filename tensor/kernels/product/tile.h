#pragma once

#include <hourglass/tensor/base/lanes.h>

#include <utility>

/// The microkernel of products and convolutions of float32: a tile of results that stays in registers while
/// everything that belongs to it is summed up. One template for all sets of instructions, which differ in how
/// many numbers a register has and how many registers there are.
namespace hourglass::detail {

/// Whether there are register tiles: with AVX-512, AVX2 and NEON. Plain x86-64 has neither the registers nor
/// multiply-adds for them.
[[nodiscard]] inline bool has_register_tiles() { return instructions() != Instructions::base; }

/// Calls f(set) with the set of instructions() as a constant expression, where has_register_tiles().
template <class F>
void with_tiles(F f) {
#if defined(__x86_64__) && defined(__GNUC__)
  instructions() == Instructions::avx512 ? f(SetConstant<Instructions::avx512>())
                                         : f(SetConstant<Instructions::avx2>());
#else
  f(SetConstant<Instructions::neon>());
#endif
}

/// Columns of the widest tile: 64 of AVX-512, 16 of AVX2 and NEON. Then AVX-512's 32 registers hold 6 rows of
/// sums, AVX2's 16 as many, and NEON's 32 hold 5.
[[nodiscard]] constexpr std::int64_t tile_columns(Instructions set) {
  return set == Instructions::avx512 ? 4 * kLanes : kLanes;
}

/// Registers of a tile that are summed up in; the others hold what is multiplied.
[[nodiscard]] constexpr int most_sums(Instructions set) {
  return set == Instructions::avx512 ? 24 : set == Instructions::avx2 ? 12 : 20;
}

/// Calls f(P, row) for tiles of P rows, one after the other: as many of the first P as there are, then of the
/// next. A constant P, so that a tile is registers.
template <Instructions Set, int... P, class F>
[[gnu::always_inline]] inline void for_tile_rows(std::int64_t rows, F f) {
  // With 16 registers one or two rows would be too few sums side by side; 4 + 3 and 4 + 4 are not.
  const auto too_few_left = [&](int taken, std::int64_t left) {
    return Set == Instructions::avx2 && taken == 6 && (left == 7 || left == 8);
  };
  std::int64_t row = 0;
  const auto tiles_of = [&]<int Rows>() __attribute__((always_inline)) {
    for (; row + Rows <= rows && !too_few_left(Rows, rows - row); row += Rows)
      f(std::integral_constant<int, Rows>(), row);
  };
  (tiles_of.template operator()<P>(), ...);
}

/// The microkernel: z (P, B registers). With 32 registers they stay there as long as P · B is below 29, with
/// 16 below 13.
template <Instructions Set, int P, int B>
struct RegisterTile {
  static constexpr std::int64_t kOne = lanes_of<float>(Set), kWidth = B * kOne;
  using Numbers = Lanes<float, kOne>;
  Numbers z[P][B];

  /// z[p, :] = row, or 0 where row is null.
  [[gnu::always_inline]] void fill(const float* row) {
    each([&](auto p, auto b) __attribute__((always_inline)) { z[p][b] = row ? at(row, b) : Numbers{}; });
  }
  [[gnu::always_inline]] void load(const float* from, std::int64_t stride) {
    each([&](auto p, auto b) __attribute__((always_inline)) { z[p][b] = at(from + p * stride, b); });
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
    each([&](auto p, auto b) __attribute__((always_inline)) { at(to + p * stride, b) = z[p][b]; });
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
             __attribute__((always_inline)) { z[p][b] = z[p][b] < 0.0F ? Numbers{} : z[p][b]; });
  }

  /// z[p, :] += Σ_k a(p, k) b(k, :)   for a(p, k) at a + p · a_row + k · a_step, b(k, :) at b + k · b_step
  [[gnu::always_inline]] void add(std::int64_t count, const float* a, std::int64_t a_row, std::int64_t a_step,
                                  const float* b, std::int64_t b_step) {
    for (std::int64_t k = 0; k < count; ++k, a += a_step, b += b_step) {
      repeat<P>([&](auto p) __attribute__((always_inline)) {
        const float v = a[p * a_row];
        repeat<B>([&](auto l) __attribute__((always_inline)) { z[p][l] += v * at(b, l); });
      });
    }
  }

 private:
  // The b-th register of a row.
  template <class T>
  [[gnu::always_inline]] static auto& at(T* row, int b) {
    return lanes<kOne>(row + b * kOne);
  }
  template <class F>
  [[gnu::always_inline]] void each(F f) const {
    repeat<P>([&](auto p) __attribute__((always_inline)) {
      repeat<B>([&](auto b) __attribute__((always_inline)) { f(p, b); });
    });
  }
};

}  // namespace hourglass::detail
