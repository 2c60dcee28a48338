#include <hourglass/tensor/kernels/product/product.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/product_tiles.h>

#include <algorithm>

namespace hourglass {

namespace {

constexpr std::int64_t kRows = 24, kColumns = 128;       // of a tile
constexpr std::int64_t kWidest = 256, kElements = 6144;  // of a block

std::int64_t filled_up(std::int64_t width) {
  return (width + detail::kLanes - 1) / detail::kLanes * detail::kLanes;
}

// Rows of whole registers that do not collide: the tiles read them again and again.
Tensor with_good_stride(const Tensor& b) {
  const std::int64_t columns = b.shape(1),
                     stride = filled_up(columns) + (detail::rows_collide(columns) ? detail::kLanes : 0);
  if (stride == columns) return b;
  Tensor copy(Shape{b.shape(0), stride}, float32);
  const float* const from = b.data<float>();
  float* const to = copy.mutable_data<float>();
  parallel_ranges(b.shape(0), std::max<std::int64_t>(detail::kGrain / stride, 1),
                  [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t row = begin; row < end; ++row) {
                      std::copy_n(from + row * columns, columns, to + row * stride);
                      std::fill_n(to + row * stride + columns, stride - columns, 0.0F);
                    }
                  });
  return copy;
}

}  // namespace

ProductTiles::ProductTiles(const Tensor& a, const Tensor& b)
    : rows_(a.shape(1)),
      columns_(b.shape(1)),
      depth_(a.shape(0)),
      a_(a.contiguous()),
      b_(with_good_stride(b.contiguous())),
      across_(parts(columns_, kWidest)),
      height_(kElements / std::clamp(columns_, std::int64_t{64}, kWidest) / kRows * kRows) {}

bool ProductTiles::is_worth_it() { return detail::has_register_tiles(); }

void ProductTiles::for_each_tile(std::int64_t block, const Beside& beside,
                                 FunctionRef<void(const Tile&)> read) const {
  const std::int64_t first = block / across_ * height_, left = block % across_ * kWidest;
  const std::int64_t last = std::min(first + height_, rows_), right = std::min(left + kWidest, columns_);
  const detail::Matrix<float> a{a_.data<float>(), rows_, true}, b{b_.data<float>(), b_.shape(1), false};
  alignas(64) float elements[kRows * kColumns];
  for (std::int64_t row = first; row < last; row += kRows) {
    for (std::int64_t column = left; column < right; column += kColumns) {
      const Tile tile{row,      std::min(kRows, last - row),
                      column,   std::min(kColumns, right - column),
                      elements, filled_up(std::min(kColumns, right - column))};
      detail::Beside there{beside.first, beside.count, beside.stride};
      for (std::size_t i = 0; i < beside.count; ++i) there.first.at(i) += row * beside.stride + column;
      detail::gemm(tile.rows, tile.stride, depth_, detail::from(a, row, 0), detail::from(b, 0, column),
                   elements, tile.stride, false, there);
      read(tile);
    }
  }
}

}  // namespace hourglass
