#pragma once

#include <hourglass/tensor/kernels/product/product.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/factors.h>

#include <array>

namespace hourglass::detail {

/// The product C = Aᵀ B (K, N) of two factors, in blocks cut by its shape alone, each of them in tiles that
/// are read while they are in the first cache. Of float32; where has_register_tiles() the same, to the last
/// bit, as product().
class FactorBlocks {
 public:
  explicit FactorBlocks(const Factors& factors)
      : rows_(factors.a.shape(1)),
        columns_(factors.b.shape(1)),
        depth_(factors.a.shape(0)),
        a_(factors.a.contiguous()),
        b_(with_good_stride(factors.b.contiguous())),
        across_(parts(columns_, kWidest)),
        height_(kElements / std::clamp(columns_, std::int64_t{64}, kWidest) / kRows * kRows) {}

  [[nodiscard]] std::int64_t count() const { return parts(rows_, height_) * across_; }

  /// Rows and columns of C, and the elements there: row by row, `stride` apart.
  struct Tile {
    std::int64_t row, rows, column, columns;
    const float* elements;
    std::int64_t stride;
  };
  /// Calls f(tile) for the tiles of block i. `beside` are matrices in which f looks at the same places.
  template <class F>
  void multiply(std::int64_t i, const Beside& beside, F f) const {
    const std::int64_t first = i / across_ * height_, left = i % across_ * kWidest;
    const std::int64_t last = std::min(first + height_, rows_), right = std::min(left + kWidest, columns_);
    const Matrix<float> a{a_.data<float>(), rows_, true}, b{b_.data<float>(), b_.shape(1), false};
    alignas(64) float elements[kRows * kColumns];
    for (std::int64_t row = first; row < last; row += kRows) {
      for (std::int64_t column = left; column < right; column += kColumns) {
        const Tile tile{row,      std::min(kRows, last - row),
                        column,   std::min(kColumns, right - column),
                        elements, filled_up(std::min(kColumns, right - column))};
        gemm(tile.rows, tile.stride, depth_, from(a, row, 0), from(b, 0, column), elements, tile.stride,
             false, at(beside, row, column));
        f(tile);
      }
    }
  }

 private:
  static constexpr std::int64_t kRows = 24, kColumns = 128;       // of a tile
  static constexpr std::int64_t kWidest = 256, kElements = 6144;  // of a block

  static std::int64_t parts(std::int64_t whole, std::int64_t part) { return (whole + part - 1) / part; }
  static std::int64_t filled_up(std::int64_t width) { return parts(width, kLanes) * kLanes; }

  static Beside at(Beside beside, std::int64_t row, std::int64_t column) {
    for (std::size_t i = 0; i < beside.count; ++i) beside.first.at(i) += row * beside.stride + column;
    return beside;
  }

  // Rows of whole registers that do not collide: the tiles read them again and again.
  static Tensor with_good_stride(Tensor b) {
    const std::int64_t columns = b.shape(1),
                       stride = filled_up(columns) + (rows_collide(columns) ? kLanes : 0);
    if (stride == columns) return b;
    Tensor copy(Shape{b.shape(0), stride}, float32);
    const float* const from = b.data<float>();
    float* const to = copy.mutable_data<float>();
    parallel_ranges(b.shape(0), std::max<std::int64_t>(kGrain / stride, 1),
                    [&](std::int64_t begin, std::int64_t end) {
                      for (std::int64_t row = begin; row < end; ++row) {
                        std::copy_n(from + row * columns, columns, to + row * stride);
                        std::fill_n(to + row * stride + columns, stride - columns, 0.0F);
                      }
                    });
    return copy;
  }

  std::int64_t rows_, columns_, depth_;
  Tensor a_, b_;
  std::int64_t across_, height_;
};

}  // namespace hourglass::detail
