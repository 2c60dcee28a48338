#pragma once

#include <cstdint>

/// Batch normalization: each column of a matrix (rows, channels) by its mean and variance.
namespace hourglass::detail {

struct RowsOf {
  std::int64_t rows, channels;
};

/// Mean and biased variance of each column, in one pass; nan over no rows.
template <class T>
void column_moments(const T* x, const RowsOf& extents, double* mean, double* variance);

/// y = γ (x − μ) / √(σ² + ε) + β; γ and β may be null.
template <class T>
void batch_norm_rows(const T* x, T* y, const RowsOf& extents, const double* mean, const double* variance,
                     const T* gamma, const T* beta, double epsilon);

/// dβ = Σ dy,   dγ = Σ dy x̂,   dx = γ r (dy − dβ/N − x̂ dγ/N),   r = 1 / √(σ² + ε), N rows.
/// γ may be null, and dx, if it is not wanted.
template <class T>
struct BatchNormGradient {
  const T *dy, *x, *gamma;
  const double *mean, *variance;
  T *dx, *d_gamma, *d_beta;
};
template <class T>
void batch_norm_gradient(const BatchNormGradient<T>& g, const RowsOf& extents, double epsilon);

}  // namespace hourglass::detail
