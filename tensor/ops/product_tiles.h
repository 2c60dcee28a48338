#pragma once

#include <hourglass/tensor/base/function.h>
#include <hourglass/tensor/tensor.h>

#include <array>
#include <cstddef>

namespace hourglass {

/// A product C = Aᵀ B that is never stored whole: it is cut into blocks, by its shape alone, and each block
/// into tiles that are read while they are in L1.    a (M, K), b (M, N), float32; C (K, N)
///
/// Where is_worth_it(), the same to the last bit as matmul(transpose(a), b).
class ProductTiles {
 public:
  ProductTiles(const Tensor& a, const Tensor& b);

  /// Whether small tiles are fast here: where products are register tiles.
  [[nodiscard]] static bool is_worth_it();
  [[nodiscard]] std::int64_t blocks() const { return parts(rows_, height_) * across_; }

  /// Rows and columns of C, and the elements there: row by row, `stride` apart.
  struct Tile {
    std::int64_t row, rows, column, columns;
    const float* elements;
    std::int64_t stride;
  };
  /// Matrices of C's shape in which the reader of a tile looks at the same places: they are prefetched. Each
  /// begins at `first` and has rows `stride` elements apart.
  struct Beside {
    std::array<const float*, 4> first{};
    std::size_t count = 0;
    std::int64_t stride = 0;
  };
  /// Multiplies the tiles of one block, one by one, and calls read(tile) for each, on this thread.
  void for_each_tile(std::int64_t block, const Beside& beside, FunctionRef<void(const Tile&)> read) const;

 private:
  static std::int64_t parts(std::int64_t whole, std::int64_t part) { return (whole + part - 1) / part; }

  std::int64_t rows_, columns_, depth_;
  Tensor a_, b_;
  std::int64_t across_, height_;  // blocks side by side; rows of one
};

}  // namespace hourglass
