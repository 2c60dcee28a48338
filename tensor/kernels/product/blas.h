#pragma once

#include <hourglass/tensor/kernels/product/matrix.h>

#include <cstdint>
#include <string_view>

/// The few routines of OpenBLAS that are used. Every product runs on the thread that calls it.
namespace hourglass::blas {

using detail::Matrix;

/// C (m, n) = A (m, k) B (k, n), C row-major; with `accumulate` C += A B.
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<float> a, Matrix<float> b, float* c,
          std::int64_t stride, bool accumulate = false);
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, Matrix<double> a, Matrix<double> b, double* c,
          std::int64_t stride, bool accumulate = false);

/// The name of the kernels in use: "SkylakeX", "Haswell", …
[[nodiscard]] std::string_view kernels();

/// Overwrites the symmetric n×n matrix with its eigenvectors, one a row, and fills `values`, ascending.
/// Returns LAPACK's info: 0 on success.
int eigh(std::int64_t n, double* matrix, double* values);

}  // namespace hourglass::blas
