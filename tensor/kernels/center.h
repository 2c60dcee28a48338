#pragma once

#include <hourglass/tensor/base/dispatch.h>

#include <cstdint>

/// Rows less their mean, subtracted in float64 and only then rounded: accurate however far from 0 they lie.
namespace hourglass::detail {

/// y[i] = x[i · step] − mean
template <class T>
void subtract_mean(const T* x, std::int64_t step, double mean, T* y, std::int64_t n) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(static_cast<double>(x[i * step]) - mean);
  });
}

/// y[i] = x[i · step] − means[i · means_step]
template <class T>
void subtract_means(const T* x, std::int64_t step, const double* means, std::int64_t means_step, T* y,
                    std::int64_t n) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i)
      y[i] = static_cast<T>(static_cast<double>(x[i * step]) - means[i * means_step]);
  });
}

}  // namespace hourglass::detail
