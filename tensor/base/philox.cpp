#include <Random123/philox.h>
#include <hourglass/tensor/base/dispatch.h>
#include <hourglass/tensor/base/internal/wide_words.h>
#include <hourglass/tensor/base/philox.h>
#include <hourglass/tensor/base/vector_math.h>

#include <algorithm>
#include <bit>
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

/// The same bits as Random123's philox4x32, which in a loop vectorises to code of half the speed: words are
/// kept in 64-bit lanes, where a round's products arise, and only their low halves count.
template <Instructions Set>
class Rounds {
 public:
  [[gnu::always_inline]] Rounds(std::uint64_t seed, std::uint64_t stream)
      : stream_low_(Wide{} + low(stream)),
        stream_high_(Wide{} + (stream >> 32)),
        places_(detail::lanes<kOne>(kPlaces)) {
    std::uint32_t key0 = low_word(seed), key1 = high_word(seed);
    for (int round = 0; round < 10; ++round, key0 += PHILOX_W32_0, key1 += PHILOX_W32_1)
      keys_[round][0] = Wide{} + std::uint64_t{key0}, keys_[round][1] = Wide{} + std::uint64_t{key1};
  }

  /// The words of 16 blocks, two registers or more of them side by side, so that none waits for its own
  /// products.
  [[gnu::always_inline]] void make(Words& words, std::uint64_t group) const {
    const std::uint64_t counter = group * kBlocks;
    const Wide counter_high = Wide{} + (counter >> 32), m0 = Wide{} + PHILOX_M4x32_0,
               m1 = Wide{} + PHILOX_M4x32_1;
    for (int block = 0; block < kBlocks; block += kTogether * kOne) {
      Wide c0[kTogether], c1[kTogether], c2[kTogether], c3[kTogether];
      detail::repeat<kTogether>([&](auto i) __attribute__((always_inline)) {
        c0[i] = places_ + (low(counter) +
                           static_cast<std::uint64_t>(block + i / 2 * 2 * kOne + i % 2 * 2));  // no carry
        c1[i] = counter_high;
        c2[i] = stream_low_;
        c3[i] = stream_high_;
      });
      detail::repeat<10>([&](auto round) __attribute__((always_inline)) {
        detail::repeat<kTogether>([&](auto i) __attribute__((always_inline)) {
          Wide p0, p1;
          detail::LowWords<Set>::multiply(c0[i], m0, p0);
          detail::LowWords<Set>::multiply(c2[i], m1, p1);
          c0[i] = (p1 >> 32) ^ c1[i] ^ keys_[round][0];
          c1[i] = p1;
          c2[i] = (p0 >> 32) ^ c3[i] ^ keys_[round][1];
          c3[i] = p0;
        });
      });
      detail::repeat<kTogether / 2>([&](auto i) __attribute__((always_inline)) {
        const auto store = [&](int word, const Wide* c) __attribute__((always_inline)) {
          low_words(c[2 * i], c[2 * i + 1], &words.word[word][block + i * 2 * kOne], Places());
        };
        store(0, c0), store(1, c1), store(2, c2), store(3, c3);
      });
    }
  }

 private:
  using Wide = detail::WideWords<Set>;
  static constexpr int kOne = detail::lanes_of<std::uint64_t>(Set),
                       kTogether = Set == Instructions::avx2 ? 4 : 2;
  // Blocks of a register's lanes; those of the next register lie between.
  static constexpr std::uint64_t kPlaces[] = {0, 1, 4, 5, 8, 9, 12, 13};
  using Narrow = detail::Lanes<std::uint32_t, std::int64_t{2} * kOne>;
  using Places = std::make_integer_sequence<int, 2 * kOne>;

  // The low words of a and b, in turns of two: within 128 bits, which is one instruction.
  template <int... I>
  [[gnu::always_inline]] static void low_words(const Wide& a, const Wide& b, std::uint32_t* to,
                                               std::integer_sequence<int, I...> /*places*/) {
    detail::lanes<2 * kOne>(to) =
        __builtin_shufflevector(reinterpret_cast<const Narrow&>(a), reinterpret_cast<const Narrow&>(b),
                                (I / 4 * 4 + I % 2 * 2 + I % 4 / 2 * 2 * kOne)...);
  }

  Wide keys_[10][2], stream_low_, stream_high_, places_;
};

/// Calls convert(words, values) for every group that [first, first + n) touches and copies what lies inside.
/// Edges are cut out of whole groups, so that every element comes from the same instructions wherever a range
/// begins and ends.
template <class T, class Convert>
void fill(T* out, std::int64_t first, std::int64_t n, std::uint64_t seed, std::uint64_t stream,
          Convert convert) {
  detail::dispatch([=](auto set) {
    constexpr std::int64_t size = sizeof(Words) / std::max(sizeof(T), sizeof(std::uint32_t));
    const Rounds<set> rounds(seed, stream);
    Words words;
    alignas(64) T values[size];
    for (std::int64_t done = 0; done < n;) {
      const std::int64_t group = (first + done) / size;
      const std::int64_t skip = (first + done) % size;
      const std::int64_t count = std::min(size - skip, n - done);
      rounds.make(words, static_cast<std::uint64_t>(group));
      T* const to = count == size ? out + done : values;
      convert(words, to);
      if (to == values) std::copy_n(values + skip, count, out + done);
      done += count;
    }
  });
}

/// The top 53 of the 64 bits of two words.
[[gnu::always_inline]] inline double bits53(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t bits = (std::uint64_t{high} << 32) | low;
  return static_cast<double>(static_cast<std::int64_t>(bits >> 11));
}

/// √(-2 ln u) with u from 32 bits.
[[gnu::always_inline]] inline float radius_of(std::uint32_t bits) {
  // u = (k + 1) / 2³¹ is never 0, and small enough for the tails; float(k) may round, to 2³¹ at most.
  const float u = (static_cast<float>(static_cast<std::int32_t>(bits >> 1)) + 1.0F) * 0x1p-31F;
  const auto [e, m] = math::detail::reduce_log(u);
  return std::sqrt(-2.0F * math::detail::log_poly(static_cast<float>(e), m - 1.0F));
}

struct Direction {
  float cosine, sine;
};

/// (cos 2πv, sin 2πv) with v from 32 bits. Quadrants by masks: cheaper than two selections each.
[[gnu::always_inline]] inline Direction direction_of(std::uint32_t bits) {
  // The two top bits of v + 1/8 are the nearest quadrant, the others the angle from there: exact reduction.
  constexpr std::uint32_t sign = 1U << 31, quarter = 1U << 30;
  const std::uint32_t shifted = bits + (1U << 29);
  const auto rest = static_cast<std::int32_t>(shifted & (quarter - 1U)) - (1 << 29);
  const float r = static_cast<float>(rest) * (std::numbers::pi_v<float> * 0x1p-31F);
  const auto s = std::bit_cast<std::uint32_t>(math::detail::sin_poly(r)),
             c = std::bit_cast<std::uint32_t>(math::detail::cos_poly(r));
  const std::uint32_t exchanged = (s ^ c) & (0U - ((shifted >> 30) & 1U));  // in odd quadrants
  return {std::bit_cast<float>(c ^ exchanged ^ ((shifted + quarter) & sign)),
          std::bit_cast<float>(s ^ exchanged ^ (shifted & sign))};
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
      float radius[kBlocks];
      for (int i = 0; i < kBlocks; ++i) radius[i] = radius_of(w.word[row][i]);
      for (int i = 0; i < kBlocks; ++i) {
        const auto [cosine, sine] = direction_of(w.word[row + 1][i]);
        y[row * kBlocks + i] = radius[i] * cosine;
        y[(row + 1) * kBlocks + i] = radius[i] * sine;
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
