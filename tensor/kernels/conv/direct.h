#pragma once

#include <hourglass/tensor/base/dispatch.h>
#include <hourglass/tensor/base/lanes.h>
#include <hourglass/tensor/kernels/conv/geometry.h>

/// The inner loops of convolutions with one input or one output channel (of a group), where a matrix product
/// would be too thin: each is one tap over a stretch of places in a row. Strides count elements between
/// places.
namespace hourglass::detail {

/// y[i, :] += x[i] w[:]    one input channel to `width`.
template <class T>
void add_outer(const T* x, std::int64_t x_stride, const T* w, std::int64_t width, T* y, std::int64_t n) {
  dispatch([=](auto set) {
    constexpr std::int64_t kOne = lanes_of<T>(set);
    std::int64_t o = 0;
    for (; o + kOne <= width; o += kOne) {
      const Lanes<T, kOne> kept = lanes<kOne>(w + o);
      for (std::int64_t i = 0; i < n; ++i) lanes<kOne>(y + i * width + o) += x[i * x_stride] * kept;
    }
    for (; o < width; ++o) {
      for (std::int64_t i = 0; i < n; ++i) y[i * width + o] += x[i * x_stride] * w[o];
    }
  });
}

/// s[i, l] += Σ over c = l, l + 16, …  x[i, c] w[c]    `channels` input channels to one, as sixteen sums.
template <class T>
void add_dots(const T* x, std::int64_t x_stride, const T* w, std::int64_t channels, T* s, std::int64_t n) {
  dispatch([=](auto set) {
    constexpr std::int64_t kOne = lanes_of<T>(set);
    const std::int64_t whole = channels / kLanes * kLanes;
    for (std::int64_t c = 0; c < whole; c += kOne) {
      const Lanes<T, kOne> kept = lanes<kOne>(w + c);
      T* const to = s + c % kLanes;
      for (std::int64_t i = 0; i < n; ++i)
        lanes<kOne>(to + i * kLanes) += lanes<kOne>(x + i * x_stride + c) * kept;
    }
    for (std::int64_t c = whole; c < channels; ++c) {
      for (std::int64_t i = 0; i < n; ++i) s[i * kLanes] += x[i * x_stride + c] * w[c];
    }
  });
}

/// y[i] = Σₗ s[i, l]
template <class T>
void add_up_lanes(const T* s, T* y, std::int64_t n) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) {
      T half[kLanes / 2];
      for (std::int64_t l = 0; l < 8; ++l) half[l] = s[i * kLanes + l] + s[i * kLanes + 8 + l];
      for (std::int64_t l = 0; l < 4; ++l) half[l] += half[l + 4];
      y[i] += (half[0] + half[2]) + (half[1] + half[3]);
    }
  });
}

/// w[:] += Σᵢ a[i] b[i, :]    the kernel's gradient for one tap; a has one channel, b `width`.
template <class T>
void add_weighted_sum(const T* a, std::int64_t a_stride, const T* b, std::int64_t b_stride,
                      std::int64_t width, T* w, std::int64_t n) {
  dispatch([=](auto set) {
    constexpr std::int64_t kOne = lanes_of<T>(set);
    const std::int64_t whole = width / kLanes * kLanes;
    for (std::int64_t o = 0; o < whole; o += kOne) {
      const auto of_b = [=](std::int64_t i) -> const auto& { return lanes<kOne>(b + i * b_stride + o); };
      Lanes<T, kOne> s0{}, s1{}, s2{}, s3{};  // four sums: an addition has not ended when the next begins
      std::int64_t i = 0;
      for (; i + 4 <= n; i += 4) {
        s0 += a[i * a_stride] * of_b(i);
        s1 += a[(i + 1) * a_stride] * of_b(i + 1);
        s2 += a[(i + 2) * a_stride] * of_b(i + 2);
        s3 += a[(i + 3) * a_stride] * of_b(i + 3);
      }
      for (; i < n; ++i) s0 += a[i * a_stride] * of_b(i);
      lanes<kOne>(w + o) += (s0 + s1) + (s2 + s3);
    }
    for (std::int64_t o = whole; o < width; ++o) {
      for (std::int64_t i = 0; i < n; ++i) w[o] += a[i * a_stride] * b[i * b_stride + o];
    }
  });
}

/// y[i, :] += x[i, :] w[:]    each channel by itself.
template <class T>
void add_products(const T* x, std::int64_t x_stride, const T* w, std::int64_t width, T* y,
                  std::int64_t y_stride, std::int64_t n) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t c = 0; c < width; ++c) y[i * y_stride + c] += x[i * x_stride + c] * w[c];
    }
  });
}

/// w[:] += Σᵢ a[i, :] b[i, :]
template <class T>
void add_product_sums(const T* a, std::int64_t a_stride, const T* b, std::int64_t b_stride,
                      std::int64_t width, T* w, std::int64_t n) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t c = 0; c < width; ++c) w[c] += a[i * a_stride + c] * b[i * b_stride + c];
    }
  });
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
