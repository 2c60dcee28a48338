#pragma once

#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/tensor.h>

namespace hourglass {

/// Matrix product:  y[i, j] = Σ_k a[i, k] b[k, j].    (…, M, K)(…, K, N) -> (…, M, N)
///
/// Leading axes are broadcast. Transposed views go in without a copy. K = 0 gives zeros.
/// Throws ShapeError unless both have two axes or more and the K agree, DTypeError unless both are float32 or
/// both float64. Method: tiles of the result, cut by the shapes alone, each on one thread by the fastest GEMM
/// there is for it (tensor/kernels/product).
[[nodiscard]] Tensor matmul(const Tensor& a, const Tensor& b);

/// Matrix product, bias and activation in one pass:  y = f(x W + b).    (M, K)(K, N) + (N) -> (M, N)
/// b may be null. f is applied to a tile while it is in cache. Throws ShapeError unless x and W have two
/// axes, the K agree and b has N elements along one axis, DTypeError unless all are float32 or all float64.
[[nodiscard]] Tensor affine(const Tensor& x, const Tensor& w, const Tensor* b, Epilogue f = Epilogue::none);

/// What affine's inputs get from the gradient dy of its output, with dz = dy f'(z), computed from y alone:
///     dX = dZ Wᵀ,  dW = Xᵀ dZ,  db = Σ_rows dZ
struct AffineGradients {
  Tensor dx, dw, db, dz;
};
/// Two passes instead of four: dz and its sum, then both products side by side. Without w (null) dX is not
/// multiplied and empty, without x dW. dz takes dy's memory where nobody else has it. Throws as affine does.
[[nodiscard]] AffineGradients affine_grad(Tensor dy, const Tensor& y, const Tensor* x, const Tensor* w,
                                          Epilogue f);

/// Eigenvalues and eigenvectors of a symmetric matrix:  A v_i = λ_i v_i, λ ascending, v_i in column i.
struct Eigen {
  Tensor values;   // (N,) float64
  Tensor vectors;  // (N, N) float64
};
/// a (N, N) float64; only the lower triangle is read. Throws ShapeError and DTypeError for another form,
/// DataError if the iteration does not converge or a value is not finite. Method: divide and conquer,
/// LAPACK's dsyevd.
[[nodiscard]] Eigen eigh(const Tensor& a);

}  // namespace hourglass
