#include <hourglass/tensor/kernels/product/packed.h>
#include <hourglass/tensor/kernels/product/tile.h>

#include <algorithm>
#include <bit>

// The product is cut four times: the sum over k into chunks, a chunk of B into panels of 64 columns, on their
// way into L2 while the one before is used, a panel into strips that stay in L1 while all rows of A pass,
// rows and strips into tiles: 6 × 64 in 24 of AVX-512's registers, 6 × 16 in 12 of AVX2's, 5 × 16 in 20 of
// NEON's. Every element of C is summed over k in order, by multiply-adds that round once, whatever the cuts
// and the set of instructions: neither changes its bits.
namespace hourglass::detail {

namespace {

constexpr std::int64_t kPanel = 64;

// Rows of B in a panel; a strip of them is 32 KB for AVX-512, 16 KB for the others.
constexpr std::int64_t chunk_of(Instructions set) { return set == Instructions::avx512 ? 128 : 256; }

// Row a (Second: row b) of N numbers after the two have exchanged places: bit D of a place says which row a
// number belongs to.
template <int D, bool Second, class Numbers, int... I>
[[gnu::always_inline]] inline void exchange(const Numbers& a, const Numbers& b, Numbers& to,
                                            std::integer_sequence<int, I...>) {
  constexpr int kOther = sizeof...(I);  // b's places are numbered after a's
  to =
      __builtin_shufflevector(a, b, ((I & D) == 0 ? (Second ? I ^ D : I) : kOther + (Second ? I : I ^ D))...);
}

// to (N, N) = the transpose of what is at `from`, N numbers of a register: pairs of rows 1, 2, 4, … apart
// exchange halves.
template <Instructions Set>
void transpose_block(const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride) {
  CompiledFor<Set>::run([=] {
    constexpr int kOne = lanes_of<float>(Set);
    using Places = std::make_integer_sequence<int, kOne>;
    Lanes<float, kOne> r[kOne];
    repeat<kOne>([&](auto i) __attribute__((always_inline)) { r[i] = lanes<kOne>(from + i * from_stride); });
    repeat<std::countr_zero(unsigned{kOne})>([&](auto step) __attribute__((always_inline)) {
      constexpr int d = 1 << step;
      repeat<kOne>([&](auto i) __attribute__((always_inline)) {
        if constexpr ((i & d) == 0) {
          const Lanes<float, kOne> a = r[i], b = r[i + d];
          exchange<d, false>(a, b, r[i], Places());
          exchange<d, true>(a, b, r[i + d], Places());
        }
      });
    });
    repeat<kOne>([&](auto i) __attribute__((always_inline)) { lanes<kOne>(to + i * to_stride) = r[i]; });
  });
}

// A whole strip of B, which does not lie across.
template <Instructions Set>
void copy_strip(const float* from, std::int64_t from_stride, std::int64_t k, float* to) {
  CompiledFor<Set>::run([=] {
    constexpr std::int64_t kOne = lanes_of<float>(Set), kWidth = tile_columns(Set);
    for (std::int64_t i = 0; i < k; ++i) {
      repeat<kWidth / kOne>([&](auto j) __attribute__((always_inline)) {
        lanes<kOne>(to + i * kWidth + j * kOne) = lanes<kOne>(from + i * from_stride + j * kOne);
      });
    }
  });
}

// A strip of B as rows of `wide` numbers, zeros after the first `width`.
template <Instructions Set>
void pack(const Matrix<float>& b, std::int64_t k, std::int64_t width, std::int64_t wide, float* to) {
  if (!b.transposed && width == tile_columns(Set)) return copy_strip<Set>(b.data, b.stride, k, to);
  if (!b.transposed) {
    for (std::int64_t i = 0; i < k; ++i) {
      std::copy_n(b.data + i * b.stride, width, to + i * wide);
      std::fill_n(to + i * wide + width, wide - width, 0.0F);
    }
    return;
  }
  constexpr std::int64_t kOne = lanes_of<float>(Set);
  const std::int64_t whole_k = k / kOne * kOne, whole_width = width / kOne * kOne;
  for (std::int64_t j = 0; j < whole_width; j += kOne) {
    for (std::int64_t i = 0; i < whole_k; i += kOne)
      transpose_block<Set>(b.data + j * b.stride + i, b.stride, to + i * wide + j, wide);
  }
  for (std::int64_t i = 0; i < k; ++i) {
    for (std::int64_t j = i < whole_k ? whole_width : 0; j < wide; ++j)
      to[i * wide + j] = j < width ? b.data[j * b.stride + i] : 0.0F;
  }
}

// A part of B that is prefetched, a few cache lines at a time.
struct NextPanel {
  const float* data;
  std::int64_t stride, rows, columns;

  // The rows' share that belongs to the work in [begin, end) of `all`.
  void prefetch(std::int64_t begin, std::int64_t end, std::int64_t all) const {
    if (!data) return;
    for (std::int64_t r = rows * begin / all; r < rows * end / all; ++r) {
      for (std::int64_t j = 0; j < columns; j += kLanes) __builtin_prefetch(data + r * stride + j, 0, 2);
    }
  }
};

// C (rows of A, width) = or += A B for one strip of a panel.
struct Strip {
  const float* a;
  std::int64_t a_row, a_step;
  const float* b;
  std::int64_t b_step, k, width;
  float* c;
  std::int64_t stride;
  bool first;  // of what is summed up: C is not read
  NextPanel next;
  std::int64_t done, all;  // of the panel's rows of A, strip by strip
  Beside beside;
};

// z += the tile's sum, while its places in the matrices beside are prefetched: a row at a time, for what is
// asked for at once queues up and stops everything else.
template <Instructions Set, int P, int B>
[[gnu::always_inline]] inline void add_and_prefetch(RegisterTile<Set, P, B>& z, const Strip& p,
                                                    std::int64_t row) {
  const float* a = p.a + row * p.a_row;
  const float* b = p.b;
  const auto rows = static_cast<std::int64_t>(p.beside.count) * P, share = p.k / rows;
  for (std::size_t i = 0; i < p.beside.count; ++i) {
    const float* line = p.beside.first[i] + row * p.beside.stride;
    for (int r = 0; r < P; ++r, line += p.beside.stride) {
      for (std::int64_t j = 0; j < z.kWidth; j += kLanes) __builtin_prefetch(line + j, 0, 2);
      z.add(share, a, p.a_row, p.a_step, b, p.b_step);
      a += share * p.a_step;
      b += share * p.b_step;
    }
  }
  z.add(p.k - share * rows, a, p.a_row, p.a_step, b, p.b_step);
}

template <Instructions Set, int P, int B>
void tile(const Strip& p, std::int64_t row) {
  CompiledFor<Set>::run([&p, row] {
    RegisterTile<Set, P, B> z;
    float* const c = p.c + row * p.stride;
    if constexpr (B * lanes_of<float>(Set) <= kLanes) {  // single lines, which nobody else foresees
      for (int r = 0; r < P; ++r) __builtin_prefetch(c + r * p.stride, 1, 3);
    }
    if (p.first) {
      z.fill(nullptr);
    } else {
      z.load(c, p.stride, p.width);
    }
    if (p.beside.count > 0) {
      add_and_prefetch(z, p, row);
    } else {
      z.add(p.k, p.a + row * p.a_row, p.a_row, p.a_step, p.b, p.b_step);
    }
    z.store(c, p.stride, p.width);
  });
}

// Tiles of `Columns`.
template <Instructions Set, std::int64_t Columns>
void tiles(const Strip& p, std::int64_t m) {
  constexpr int kRegisters = Columns / lanes_of<float>(Set),
                kRows = std::min(most_sums(Set) / kRegisters, 12);
  for_tile_rows<Set, kRows, 4, 3, 2, 1>(m, [&](auto rows, std::int64_t row) {
    p.next.prefetch(p.done + row, p.done + row + rows, p.all);
    tile<Set, rows, kRegisters>(p, row);
  });
}

// The widths that there are tiles of: a quarter of the widest and its multiples, or its half.
constexpr std::int64_t step_of(Instructions set) { return tile_columns(set) == kLanes ? kLanes / 2 : kLanes; }

template <Instructions Set>
void strip_gemm(const Strip& p, std::int64_t columns, std::int64_t m) {
  constexpr std::int64_t kStep = step_of(Set);
  if constexpr (tile_columns(Set) == 4 * kStep) {
    if (columns == 4 * kStep) return tiles<Set, 4 * kStep>(p, m);
    if (columns == 3 * kStep) return tiles<Set, 3 * kStep>(p, m);
  }
  columns == kStep ? tiles<Set, kStep>(p, m) : tiles<Set, 2 * kStep>(p, m);
}

// Whether a panel is copied before it is used: where it lies across, has columns that do not exist, is passed
// by so many rows that it pays, or has rows that collide.
bool needs_copy(const Matrix<float>& b, std::int64_t m, std::int64_t width, std::int64_t many_rows) {
  constexpr std::int64_t kFewRows = 16;
  return b.transposed || width % kLanes != 0 || (m >= many_rows && b.stride > width) ||
         (m > kFewRows && rows_collide(b.stride));
}

Beside from_column(Beside beside, std::int64_t column) {
  for (std::size_t i = 0; i < beside.count; ++i) beside.first.at(i) += column;
  return beside;
}

template <Instructions Set>
void gemm_of(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<float>& a, const Matrix<float>& b,
             float* c, std::int64_t stride, bool accumulate, const Beside& beside) {
  constexpr std::int64_t kChunk = chunk_of(Set), kStrip = tile_columns(Set), kStep = step_of(Set);
  constexpr std::int64_t kSurelyNear = std::int64_t{128} << 10;  // a B of fewer numbers stays in L2
  constexpr std::int64_t kManyRows = Set == Instructions::avx512 ? 512 : 64;
  alignas(64) float packed[kChunk * kStrip];
  const std::int64_t chunks = (k + kChunk - 1) / kChunk, chunk = (k + chunks - 1) / chunks;
  const auto panel_after = [&](std::int64_t i, std::int64_t j) -> NextPanel {
    if (j >= n) i += chunk, j = 0;
    if (i >= k || k * n < kSurelyNear) return {};
    const std::int64_t count = std::min(chunk, k - i), width = std::min(kPanel, n - j);
    return {from(b, i, j).data, b.stride, b.transposed ? width : count, b.transposed ? count : width};
  };
  for (std::int64_t i = 0; i < k; i += chunk) {
    const std::int64_t count = std::min(chunk, k - i);
    for (std::int64_t j = 0; j < n; j += kStrip) {
      const std::int64_t of_panel = j / kPanel * kPanel, panel_end = std::min(of_panel + kPanel, n);
      const std::int64_t strips = (panel_end - of_panel + kStrip - 1) / kStrip;
      const std::int64_t width = std::min(kStrip, n - j), wide = (width + kStep - 1) / kStep * kStep;
      const Matrix<float> part = from(b, i, j);
      const bool copy = needs_copy(b, m, width, kManyRows);
      if (copy) pack<Set>(part, count, width, wide, packed);
      const Strip strip{from(a, 0, i).data,
                        a.down(),
                        a.along(),
                        copy ? packed : part.data,
                        copy ? wide : b.stride,
                        count,
                        width,
                        c + j,
                        stride,
                        i == 0 && !accumulate,
                        panel_after(i, panel_end),
                        (j - of_panel) / kStrip * m,
                        strips * m,
                        i + chunk >= k ? from_column(beside, j) : Beside{}};
      strip_gemm<Set>(strip, wide, m);
    }
  }
}

}  // namespace

void packed_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<float>& a,
                 const Matrix<float>& b, float* c, std::int64_t stride, bool accumulate,
                 const Beside& beside) {
  with_tiles([&](auto set) { gemm_of<set>(m, n, k, a, b, c, stride, accumulate, beside); });
}

}  // namespace hourglass::detail
