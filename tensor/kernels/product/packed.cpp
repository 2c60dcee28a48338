#include <hourglass/tensor/kernels/product/packed.h>
#include <hourglass/tensor/kernels/product/tile.h>

#include <algorithm>

// The product is cut three times: the sum over k into chunks, a chunk of B into panels of 64 columns (32 KB,
// they stay in L1 while all rows of A pass), rows and panels into tiles of 6 × 64, which are 24
// registers. Every element of C is summed over k in order whatever the cuts, so they do not change its bits.
namespace hourglass::detail {

namespace {

constexpr std::int64_t kChunk = 128, kPanel = 64;

// Row a (Second: row b) after the two have exchanged places: bit D of a place says which row a number belongs
// to.
template <int D, bool Second, int... I>
[[gnu::always_inline]] inline void exchange(const Lanes<float>& a, const Lanes<float>& b, Lanes<float>& to,
                                            std::integer_sequence<int, I...>) {
  constexpr int kOther = kLanes;  // b's places are numbered after a's
  to =
      __builtin_shufflevector(a, b, ((I & D) == 0 ? (Second ? I ^ D : I) : kOther + (Second ? I : I ^ D))...);
}

// to (16, 16) = the transpose of what is at `from`: pairs of rows 1, 2, 4 and 8 apart exchange halves.
HOURGLASS_AVX512 void transpose_block(const float* from, std::int64_t from_stride, float* to,
                                      std::int64_t to_stride) {
  using Places = std::make_integer_sequence<int, kLanes>;
  Lanes<float> r[kLanes];
  repeat<kLanes>([&](auto i) __attribute__((always_inline)) { r[i] = lanes(from + i * from_stride); });
  repeat<4>([&](auto step) __attribute__((always_inline)) {
    constexpr int d = 1 << step;
    repeat<kLanes>([&](auto i) __attribute__((always_inline)) {
      if constexpr ((i & d) == 0) {
        const Lanes<float> a = r[i], b = r[i + d];
        exchange<d, false>(a, b, r[i], Places());
        exchange<d, true>(a, b, r[i + d], Places());
      }
    });
  });
  repeat<kLanes>([&](auto i) __attribute__((always_inline)) { lanes(to + i * to_stride) = r[i]; });
}

// A panel of B as rows of `wide` numbers, zeros after the first `width`.
void pack(const Matrix<float>& b, std::int64_t k, std::int64_t width, std::int64_t wide, float* to) {
  if (!b.transposed) {
    for (std::int64_t i = 0; i < k; ++i) {
      std::copy_n(b.data + i * b.stride, width, to + i * wide);
      std::fill_n(to + i * wide + width, wide - width, 0.0F);
    }
    return;
  }
  const std::int64_t whole_k = k / kLanes * kLanes, whole_width = width / kLanes * kLanes;
  for (std::int64_t j = 0; j < whole_width; j += kLanes) {
    for (std::int64_t i = 0; i < whole_k; i += kLanes)
      transpose_block(b.data + j * b.stride + i, b.stride, to + i * wide + j, wide);
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
    for (std::int64_t r = rows * begin / all; r < rows * end / all; ++r) {
      for (std::int64_t j = 0; j < columns; j += kLanes) __builtin_prefetch(data + r * stride + j, 0, 2);
    }
  }
};

// C (rows of A, width) = or += A B for one panel, whose rows are B · 16 numbers.
struct Panel {
  const float* a;
  std::int64_t a_row, a_step;
  const float* b;
  std::int64_t b_step, k, width;
  float* c;
  std::int64_t stride;
  bool first;  // of what is summed up: C is not read
  NextPanel next;
  Beside beside;
};

// z += the tile's sum, while its places in the matrices beside are prefetched: a row at a time, for what is
// asked for at once queues up and stops everything else.
template <int P, int B>
[[gnu::always_inline]] inline void add_and_prefetch(RegisterTile<P, B>& z, const Panel& p, std::int64_t row) {
  const float* a = p.a + row * p.a_row;
  const float* b = p.b;
  const auto rows = static_cast<std::int64_t>(p.beside.count) * P, share = p.k / rows;
  for (std::size_t i = 0; i < p.beside.count; ++i) {
    const float* line = p.beside.first[i] + row * p.beside.stride;
    for (int r = 0; r < P; ++r, line += p.beside.stride) {
      repeat<B>([&](auto l) __attribute__((always_inline)) { __builtin_prefetch(line + l * kLanes, 0, 2); });
      z.add(share, a, p.a_row, p.a_step, b, p.b_step);
      a += share * p.a_step;
      b += share * p.b_step;
    }
  }
  z.add(p.k - share * rows, a, p.a_row, p.a_step, b, p.b_step);
}

template <int P, int B>
HOURGLASS_AVX512 void tile(const Panel& p, std::int64_t row) {
  RegisterTile<P, B> z;
  float* const c = p.c + row * p.stride;
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
}

template <int B>
void tiles(const Panel& p, std::int64_t m) {
  std::int64_t row = 0;
  const auto of = [&]<int P>() {
    for (; row + P <= m; row += P) {
      p.next.prefetch(row, row + P, m);
      tile<P, B>(p, row);
    }
  };
  of.template operator()<std::min(24 / B, 12)>();
  of.template operator()<4>();
  of.template operator()<2>();
  of.template operator()<1>();
}

void panel_gemm(const Panel& p, std::int64_t blocks, std::int64_t m) {
  switch (blocks) {
    case 1:
      return tiles<1>(p, m);
    case 2:
      return tiles<2>(p, m);
    case 3:
      return tiles<3>(p, m);
    default:
      return tiles<4>(p, m);
  }
}

// Whether a panel is copied before it is used: where it lies across, has columns that do not exist, is passed
// by so many rows that it pays, or has rows that collide.
bool needs_copy(const Matrix<float>& b, std::int64_t m, std::int64_t width) {
  constexpr std::int64_t kManyRows = 512, kFewRows = 16;
  return b.transposed || width % kLanes != 0 || (m >= kManyRows && b.stride > kPanel) ||
         (m > kFewRows && rows_collide(b.stride));
}

Beside from_column(Beside beside, std::int64_t column) {
  for (std::size_t i = 0; i < beside.count; ++i) beside.first.at(i) += column;
  return beside;
}

}  // namespace

void packed_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<float>& a,
                 const Matrix<float>& b, float* c, std::int64_t stride, bool accumulate,
                 const Beside& beside) {
  constexpr std::int64_t kSurelyNear = std::int64_t{128} << 10;  // a B of fewer numbers stays in L2
  alignas(64) float packed[kChunk * kPanel];
  const std::int64_t chunks = (k + kChunk - 1) / kChunk, chunk = (k + chunks - 1) / chunks;
  const auto panel_after = [&](std::int64_t i, std::int64_t j) -> NextPanel {
    if (j >= n) i += chunk, j = 0;
    if (i >= k || k * n < kSurelyNear) return {};
    const std::int64_t count = std::min(chunk, k - i), width = std::min(kPanel, n - j);
    return {from(b, i, j).data, b.stride, b.transposed ? width : count, b.transposed ? count : width};
  };
  for (std::int64_t i = 0; i < k; i += chunk) {
    const std::int64_t count = std::min(chunk, k - i);
    for (std::int64_t j = 0; j < n; j += kPanel) {
      const std::int64_t width = std::min(kPanel, n - j), wide = (width + kLanes - 1) / kLanes * kLanes;
      const Matrix<float> part = from(b, i, j);
      const bool copy = needs_copy(b, m, width);
      if (copy) pack(part, count, width, wide, packed);
      const Panel panel{from(a, 0, i).data,
                        a.down(),
                        a.along(),
                        copy ? packed : part.data,
                        copy ? wide : b.stride,
                        count,
                        width,
                        c + j,
                        stride,
                        i == 0 && !accumulate,
                        panel_after(i, j + kPanel),
                        i + chunk >= k ? from_column(beside, j) : Beside{}};
      panel_gemm(panel, wide / kLanes, m);
    }
  }
}

}  // namespace hourglass::detail
