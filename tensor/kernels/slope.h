#pragma once

#include <hourglass/tensor/base/clones.h>
#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/base/lanes.h>

#include <cstdint>
#include <type_traits>

/// The gradient of an activation f, from y = f(z) alone, together with its sum, which is what a bias gets.
namespace hourglass::detail {

/// Calls g(slope) with slope(dy, y, dz) for the activation, of numbers or of Lanes.
template <class G>
void with_slope(Epilogue f, G&& g) {
  switch (f) {
    case Epilogue::none:
      return g([](const auto& d, const auto&, auto& dz) __attribute__((always_inline)) { dz = d; });
    case Epilogue::relu:
      return g([](const auto& d, const auto& v, auto& dz)
                   __attribute__((always_inline)) { dz = v > 0 ? d : std::remove_cvref_t<decltype(d)>{}; });
    case Epilogue::sigmoid:
      return g([](const auto& d, const auto& v, auto& dz)
                   __attribute__((always_inline)) { dz = d * (v * (1 - v)); });
    case Epilogue::tanh:
      return g([](const auto& d, const auto& v, auto& dz)
                   __attribute__((always_inline)) { dz = d * (1 - v * v); });
  }
}

/// dz = slope(dy, y) for rows of a matrix; sums[j] += Σ over rows of dz[:, j]. dz may be dy.
template <class T, class F>
HOURGLASS_CLONES void slope_rows(const T* dy, const T* y, T* dz, std::int64_t rows, std::int64_t columns,
                                 double* sums, F slope) {
  for (std::int64_t i = 0; i < rows; ++i, dy += columns, y += columns, dz += columns) {
    for (std::int64_t j = 0; j < columns; ++j) slope(dy[j], y[j], dz[j]);
    for (std::int64_t j = 0; j < columns; ++j) sums[j] += static_cast<double>(dz[j]);
  }
}

/// dz = slope(dy, y) for pixels of `channels` numbers, B · 16 of them from the first; sums[c] += Σ over
/// pixels of dz[:, c], summed as T.
template <int B, class T, class F>
[[gnu::always_inline]] inline void slope_channels(const T* dy, const T* y, T* dz, std::int64_t pixels,
                                                  std::int64_t channels, double* sums, F slope) {
  Lanes<T> sum[B] = {};
  for (std::int64_t i = 0; i < pixels * channels; i += channels) {
    for (int b = 0; b < B; ++b) {
      slope(lanes(dy + i + b * kLanes), lanes(y + i + b * kLanes), lanes(dz + i + b * kLanes));
      sum[b] += lanes(dz + i + b * kLanes);
    }
  }
  for (int b = 0; b < B; ++b) {
    for (std::int64_t l = 0; l < kLanes; ++l) sums[b * kLanes + l] += static_cast<double>(sum[b][l]);
  }
}

/// The same for all channels.
template <class T, class F>
HOURGLASS_CLONES void slope_pixels(const T* dy, const T* y, T* dz, std::int64_t pixels, std::int64_t channels,
                                   double* sums, F slope) {
  if (channels < kLanes && kLanes % channels == 0) {  // several pixels fill the lanes
    const std::int64_t n = pixels * channels, whole = n / kLanes * kLanes;
    double of_lanes[kLanes] = {};
    slope_channels<1>(dy, y, dz, whole / kLanes, kLanes, of_lanes, slope);
    for (std::int64_t l = 0; l < kLanes; ++l) sums[l % channels] += of_lanes[l];
    for (std::int64_t i = whole; i < n; ++i) {
      slope(dy[i], y[i], dz[i]);
      sums[i % channels] += static_cast<double>(dz[i]);
    }
    return;
  }
  std::int64_t c = 0;
  const auto blocks_of = [&]<int B>() __attribute__((always_inline)) {
    for (; c + B * kLanes <= channels; c += B * kLanes)
      slope_channels<B>(dy + c, y + c, dz + c, pixels, channels, sums + c, slope);
  };
  blocks_of.template operator()<4>();
  blocks_of.template operator()<2>();
  blocks_of.template operator()<1>();
  for (; c < channels; ++c) {
    for (std::int64_t i = c; i < pixels * channels; i += channels) {
      slope(dy[i], y[i], dz[i]);
      sums[c] += static_cast<double>(dz[i]);
    }
  }
}

}  // namespace hourglass::detail
