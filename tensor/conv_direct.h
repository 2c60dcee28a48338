#pragma once

#include <hourglass/tensor/clones.h>
#include <hourglass/tensor/conv_plan.h>

#include <array>
#include <cstddef>

/// The inner loops of convolutions with one input or one output channel (of a group), where a matrix product
/// would be too thin: each is one tap over a stretch of places in a row. Strides count elements between
/// places.
namespace hourglass::detail {

inline constexpr std::int64_t kBlock = 16;  // channels that stay in registers together

/// y[i, :] += x[i] w[:]    one input channel to `width`.
template <class T>
HOURGLASS_CLONES void add_outer(const T* x, std::int64_t x_stride, const T* w, std::int64_t width, T* y,
                                std::int64_t y_stride, std::int64_t n) {
  std::int64_t o = 0;
  for (; o + kBlock <= width; o += kBlock) {
    std::array<T, kBlock> kept;
    for (std::size_t l = 0; l < kBlock; ++l) kept[l] = w[o + static_cast<std::int64_t>(l)];
    for (std::int64_t i = 0; i < n; ++i) {
      T* const to = y + i * y_stride + o;
      const T v = x[i * x_stride];
      for (std::size_t l = 0; l < kBlock; ++l) to[l] += v * kept[l];
    }
  }
  for (; o < width; ++o) {
    for (std::int64_t i = 0; i < n; ++i) y[i * y_stride + o] += x[i * x_stride] * w[o];
  }
}

/// s[i, l] += Σ over c = l, l + kBlock, …  x[i, c] w[c]    `channels` input channels to one, in kBlock sums.
template <class T>
HOURGLASS_CLONES void add_dots(const T* x, std::int64_t x_stride, const T* w, std::int64_t channels, T* s,
                               std::int64_t n) {
  std::int64_t c = 0;
  for (; c + kBlock <= channels; c += kBlock) {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t l = 0; l < kBlock; ++l) s[i * kBlock + l] += x[i * x_stride + c + l] * w[c + l];
    }
  }
  for (; c < channels; ++c) {
    for (std::int64_t i = 0; i < n; ++i) s[i * kBlock] += x[i * x_stride + c] * w[c];
  }
}

/// w[:] += Σᵢ a[i] b[i, :]    the kernel's gradient for one tap; a has one channel, b `width`.
template <class T>
HOURGLASS_CLONES void add_weighted_sum(const T* a, std::int64_t a_stride, const T* b, std::int64_t b_stride,
                                       std::int64_t width, T* w, std::int64_t n) {
  std::int64_t o = 0;
  for (; o + kBlock <= width; o += kBlock) {
    std::array<T, kBlock> sums{};
    for (std::int64_t i = 0; i < n; ++i) {
      const T* const from = b + i * b_stride + o;
      for (std::size_t l = 0; l < kBlock; ++l) sums[l] += a[i * a_stride] * from[l];
    }
    for (std::size_t l = 0; l < kBlock; ++l) w[o + static_cast<std::int64_t>(l)] += sums[l];
  }
  for (; o < width; ++o) {
    for (std::int64_t i = 0; i < n; ++i) w[o] += a[i * a_stride] * b[i * b_stride + o];
  }
}

/// y[i, :] += x[i, :] w[:]    each channel by itself.
template <class T>
HOURGLASS_CLONES void add_products(const T* x, std::int64_t x_stride, const T* w, std::int64_t width, T* y,
                                   std::int64_t y_stride, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t c = 0; c < width; ++c) y[i * y_stride + c] += x[i * x_stride + c] * w[c];
  }
}

/// w[:] += Σᵢ a[i, :] b[i, :]
template <class T>
HOURGLASS_CLONES void add_product_sums(const T* a, std::int64_t a_stride, const T* b, std::int64_t b_stride,
                                       std::int64_t width, T* w, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t c = 0; c < width; ++c) w[c] += a[i * a_stride + c] * b[i * b_stride + c];
  }
}

/// Calls f(tap, image row, first, last, image column of the first) for each tap of a stretch with the places
/// [first, last) whose taps lie inside the image.
template <class F>
void for_taps_inside(const ConvPlan& plan, const Stretch& s, F&& f) {
  std::int64_t tap = 0;
  for (const std::int64_t tap_row : plan.tap_rows) {
    const std::int64_t row = s.row * plan.step.rows + tap_row;
    for (const std::int64_t tap_column : plan.tap_columns) {
      const std::int64_t column = s.column * plan.step.columns + tap_column, step = plan.step.columns;
      const std::int64_t first = std::min(column < 0 ? (-column + step - 1) / step : 0, s.length);
      const std::int64_t last =
          column >= plan.in_columns ? 0 : std::min((plan.in_columns - column + step - 1) / step, s.length);
      if (row >= 0 && row < plan.in_rows && first < last) f(tap, row, first, last, column + first * step);
      ++tap;
    }
  }
}

}  // namespace hourglass::detail
