#pragma once

#include <hourglass/tensor/blas.h>

namespace hourglass::detail {

/// C (m, n) = A (m, k) B (k, n), with `accumulate` C += A B, of float32 where has_register_tiles(), for the
/// sizes of layers: as blas::gemm, but the operands are used from where they are. OpenBLAS copies both into
/// an order of its own first, and clears C; with a hundred rows that is a tenth of the time, with thirty a
/// third.
void register_product(std::int64_t m, std::int64_t n, std::int64_t k, const blas::Matrix<float>& a,
                      const blas::Matrix<float>& b, float* c, std::int64_t stride, bool accumulate = false);

}  // namespace hourglass::detail
