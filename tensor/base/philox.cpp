#include <Random123/philox.h>
#include <hourglass/tensor/base/clones.h>
#include <hourglass/tensor/base/philox.h>
#include <hourglass/tensor/base/vector_math.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace hourglass {
namespace {

/// Blocks made side by side: their four words each are a group of 64.
constexpr int kBlocks = 16;

struct Words {
  alignas(64) std::uint32_t word[4][kBlocks];
};

constexpr std::uint64_t low(std::uint64_t x) { return x & 0xffffffffU; }
constexpr std::uint32_t low_word(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
constexpr std::uint32_t high_word(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

/// The same bits as Random123's philox4x32, which in this loop vectorises to code of half the speed: words
/// are kept in 64-bit lanes, where a round's products arise, and only their low halves count.
[[gnu::always_inline]] inline void make_words(Words& words, std::uint64_t group, std::uint64_t seed,
                                              std::uint64_t stream) {
  const std::uint64_t counter = group * kBlocks;
  for (std::uint32_t block = 0; block < kBlocks; ++block) {
    std::uint64_t c0 = low(counter) + block;  // no carry: counter is a multiple of 16
    std::uint64_t c1 = counter >> 32;
    std::uint64_t c2 = low(stream);
    std::uint64_t c3 = stream >> 32;
    std::uint32_t key0 = low_word(seed);
    std::uint32_t key1 = high_word(seed);
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      const std::uint64_t p0 = low(c0) * PHILOX_M4x32_0;
      const std::uint64_t p1 = low(c2) * PHILOX_M4x32_1;
      c0 = (p1 >> 32) ^ c1 ^ key0;
      c1 = p1;
      c2 = (p0 >> 32) ^ c3 ^ key1;
      c3 = p0;
      key0 += PHILOX_W32_0;
      key1 += PHILOX_W32_1;
    }
    words.word[0][block] = low_word(c0);
    words.word[1][block] = low_word(c1);
    words.word[2][block] = low_word(c2);
    words.word[3][block] = low_word(c3);
  }
}

/// Calls convert(words, values) for every group that [first, first + n) touches and copies what lies inside.
/// Edges are cut out of whole groups, so that every element comes from the same instructions wherever a range
/// begins and ends.
template <class T, class Convert>
HOURGLASS_CLONES void fill(T* out, std::int64_t first, std::int64_t n, std::uint64_t seed,
                           std::uint64_t stream, Convert convert) {
  constexpr std::int64_t size = sizeof(Words) / std::max(sizeof(T), sizeof(std::uint32_t));
  Words words;
  alignas(64) T values[size];
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t group = (first + done) / size;
    const std::int64_t skip = (first + done) % size;
    const std::int64_t count = std::min(size - skip, n - done);
    make_words(words, static_cast<std::uint64_t>(group), seed, stream);
    convert(words, values);
    if (count == size) {
      std::copy_n(values, size, out + done);  // of known length: no call
    } else {
      std::copy_n(values + skip, count, out + done);
    }
    done += count;
  }
}

/// The top 53 of the 64 bits of two words.
[[gnu::always_inline]] inline double bits53(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t bits = (std::uint64_t{high} << 32) | low;
  return static_cast<double>(static_cast<std::int64_t>(bits >> 11));
}

struct Pair {
  float a, b;
};

/// √(-2 ln u) (cos 2πv, sin 2πv) with u and v from 32 bits each.
[[gnu::always_inline]] inline Pair box_muller(std::uint32_t u_bits, std::uint32_t v_bits) {
  // u = (k + 1) / 2³¹ is never 0, and small enough for the tails; float(k) may round, to 2³¹ at most.
  const float u = (static_cast<float>(static_cast<std::int32_t>(u_bits >> 1)) + 1.0F) * 0x1p-31F;
  const auto [e, m] = math::detail::reduce_log(u);
  const float radius = std::sqrt(-2.0F * math::detail::log_poly(static_cast<float>(e), m - 1.0F));
  // The two top bits of v + 1/8 are the nearest quadrant, the others the angle from there: exact reduction.
  const std::uint32_t shifted = v_bits + (1U << 29);
  const std::uint32_t quadrant = shifted >> 30;
  const auto rest = static_cast<std::int32_t>(shifted & 0x3fffffffU) - (1 << 29);
  const float r = static_cast<float>(rest) * (std::numbers::pi_v<float> * 0x1p-31F);
  return {radius * math::detail::sin_quadrant(quadrant + 1U, r),
          radius * math::detail::sin_quadrant(quadrant, r)};
}

}  // namespace

void fill_bits(std::uint32_t* out, std::int64_t first, std::int64_t n, std::uint64_t seed,
               std::uint64_t stream) {
  fill(out, first, n, seed, stream,
       [](const Words& w, std::uint32_t* y) { std::copy_n(w.word[0], 4 * kBlocks, y); });
}

void fill_uniform(float* out, std::int64_t first, std::int64_t n, std::uint64_t seed, std::uint64_t stream) {
  fill(out, first, n, seed, stream, [](const Words& w, float* y) {
    for (int row = 0; row < 4; ++row)
      for (int i = 0; i < kBlocks; ++i)
        y[row * kBlocks + i] = static_cast<float>(static_cast<std::int32_t>(w.word[row][i] >> 8)) * 0x1p-24F;
  });
}

void fill_uniform(double* out, std::int64_t first, std::int64_t n, std::uint64_t seed, std::uint64_t stream) {
  fill(out, first, n, seed, stream, [](const Words& w, double* y) {
    for (int i = 0; i < kBlocks; ++i) {
      y[i] = bits53(w.word[0][i], w.word[1][i]) * 0x1p-53;
      y[kBlocks + i] = bits53(w.word[2][i], w.word[3][i]) * 0x1p-53;
    }
  });
}

void fill_normal(float* out, std::int64_t first, std::int64_t n, std::uint64_t seed, std::uint64_t stream) {
  fill(out, first, n, seed, stream, [](const Words& w, float* y) {
    for (int row = 0; row < 4; row += 2) {
      for (int i = 0; i < kBlocks; ++i) {
        const auto [a, b] = box_muller(w.word[row][i], w.word[row + 1][i]);
        y[row * kBlocks + i] = a;
        y[(row + 1) * kBlocks + i] = b;
      }
    }
  });
}

void fill_normal(double* out, std::int64_t first, std::int64_t n, std::uint64_t seed, std::uint64_t stream) {
  fill(out, first, n, seed, stream, [](const Words& w, double* y) {
    for (int i = 0; i < kBlocks; ++i) {
      const double u = (bits53(w.word[0][i], w.word[1][i]) + 1.0) * 0x1p-53;
      const double angle = bits53(w.word[2][i], w.word[3][i]) * (2 * std::numbers::pi * 0x1p-53);
      const double radius = std::sqrt(-2.0 * std::log(u));
      y[i] = radius * std::cos(angle);
      y[kBlocks + i] = radius * std::sin(angle);
    }
  });
}

std::int64_t random_below(std::int64_t bound, std::uint64_t seed, std::uint64_t stream, std::int64_t index) {
  const auto counter = static_cast<std::uint64_t>(index);
  const philox4x32_ctr_t block{{low_word(counter), high_word(counter), low_word(stream), high_word(stream)}};
  const philox4x32_key_t key{{low_word(seed), high_word(seed)}};
  const philox4x32_ctr_t bits = philox4x32(block, key);
  const std::uint64_t x = (std::uint64_t{bits.v[1]} << 32) | bits.v[0];
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide{x} * static_cast<std::uint64_t>(bound);
  return static_cast<std::int64_t>(product >> 64);  // ⌊x / 2⁶⁴ · bound⌋
}

}  // namespace hourglass
