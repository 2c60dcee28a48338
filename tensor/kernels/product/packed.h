#pragma once

#include <hourglass/tensor/kernels/product/matrix.h>

#include <array>
#include <cstddef>

namespace hourglass::detail {

/// Matrices of C's shape that are read at the same places after a product: they are prefetched while it runs.
/// Each begins at `first` and has rows `stride` elements apart.
struct Beside {
  std::array<const float*, 4> first{};
  std::size_t count = 0;
  std::int64_t stride = 0;
};

/// Whether rows so many float32 apart all want the same few places of L1.
[[nodiscard]] constexpr bool rows_collide(std::int64_t stride) { return stride % 256 == 0; }

/// C (m, n) = A (m, k) B (k, n), with `accumulate` C += A B, of float32 where has_register_tiles(), for the
/// sizes of layers: as blas::gemm, but the operands are used from where they are. OpenBLAS copies both into
/// an order of its own first, and clears C; with a hundred rows that is a tenth of the time, with thirty a
/// third.
void packed_gemm(std::int64_t m, std::int64_t n, std::int64_t k, const Matrix<float>& a,
                 const Matrix<float>& b, float* c, std::int64_t stride, bool accumulate = false,
                 const Beside& beside = {});

}  // namespace hourglass::detail
