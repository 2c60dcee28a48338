#pragma once

#include <cstdint>

/// Layer normalization: rows (rows, n) by their own means and variances.
namespace hourglass::detail {

struct RowStatistics {
  double *mean, *variance;  // of each row
};

/// y = γ (x − μ) / √(σ² + ε) + β, and the moments of each row.
template <class T>
void layer_norm_rows(const T* x, T* y, std::int64_t rows, std::int64_t n, const T* gamma, const T* beta,
                     double epsilon, const RowStatistics& moments);

/// With g = γ dy and means ⟨·⟩ over the row:  dx = r (g − ⟨g⟩ − x̂ ⟨g x̂⟩),  dγ = Σ dy x̂,  dβ = Σ dy.
template <class T>
struct LayerNormGradient {
  const T *dy, *x, *gamma;
  const double *mean, *variance;
  T *dx, *d_gamma, *d_beta;
};
template <class T>
void layer_norm_gradient(const LayerNormGradient<T>& g, std::int64_t rows, std::int64_t n, double epsilon);

}  // namespace hourglass::detail
