#pragma once

#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/kernels/activations.h>
#include <hourglass/tensor/kernels/conv/direct.h>
#include <hourglass/tensor/kernels/conv/geometry.h>
#include <hourglass/tensor/kernels/product/blas.h>

#include <algorithm>
#include <array>

/// A tile of a convolution by im2col: what some places see is laid out as a matrix of patches, in cache, and
/// multiplied by the kernel, one GEMM; one input or output channel takes a direct loop.
namespace hourglass::detail {

/// A matrix (depth, width) that is multiplied to what the taps see, with `stride` elements between rows.
template <class T>
struct Weights {
  const T* data;
  std::int64_t stride;
};

template <class T>
const T* pixel(const ConvPlan& plan, const T* x, std::int64_t image, std::int64_t row, std::int64_t column) {
  return x + ((image * plan.in_rows + row) * plan.in_columns + column) * plan.in_channels;
}

// What one place sees: its taps' channels one after the other, zeros outside the image.
template <class T>
void copy_patch(const ConvPlan& plan, const T* x, std::int64_t image, std::int64_t row, std::int64_t column,
                bool dense, T* to) {
  const std::int64_t channels = plan.channels;
  const auto taps = static_cast<std::int64_t>(plan.tap_columns.size());
  for (const std::int64_t tap_row : plan.tap_rows) {
    const std::int64_t r = row + tap_row;
    if (r < 0 || r >= plan.in_rows) {
      to = std::fill_n(to, taps * channels, T{0});
      continue;
    }
    const T* const line = pixel(plan, x, image, r, 0);
    const std::int64_t first = column + (taps > 0 ? plan.tap_columns.front() : 0);
    if (dense && first >= 0 && first + taps <= plan.in_columns) {
      to = std::copy_n(line + first * channels, taps * channels, to);
      continue;
    }
    for (const std::int64_t tap_column : plan.tap_columns) {
      const std::int64_t c = column + tap_column;
      const bool inside = c >= 0 && c < plan.in_columns;
      to = inside ? std::copy_n(line + c * plan.in_channels, channels, to) : std::fill_n(to, channels, T{0});
    }
  }
}

// The patches of the places [begin, end), a matrix (places, depth).
template <class T>
void copy_patches(const ConvPlan& plan, const T* x, std::int64_t begin, std::int64_t end, T* to) {
  const bool dense = plan.dense_rows();
  const std::int64_t depth = plan.depth();
  for_stretches(plan, begin, end, [&](const Stretch& s) {
    for (std::int64_t i = 0; i < s.length; ++i) {
      copy_patch(plan, x, s.image, s.row * plan.step.rows, (s.column + i) * plan.step.columns, dense,
                 to + (s.at + i) * depth);
    }
  });
}

// z (places, width) += one input channel through the taps.
template <class T>
void spread_channel(const ConvPlan& plan, const T* x, Weights<T> w, std::int64_t begin, std::int64_t end,
                    T* z) {
  for_stretches(plan, begin, end, [&](const Stretch& s) {
    for_taps_inside(plan, s, [&](auto tap, auto row, auto first, auto last, auto column) {
      add_outer(pixel(plan, x, s.image, row, column), plan.step.columns * plan.in_channels,
                w.data + tap * w.stride, plan.width, z + (s.at + first) * plan.width, last - first);
    });
  });
}

// z (places) += all input channels through the taps.
template <class T>
void gather_channel(const ConvPlan& plan, const T* x, Weights<T> w, std::int64_t begin, std::int64_t end,
                    T* z) {
  constexpr std::int64_t kStretch = 64;
  std::array<T, kStretch * kLanes> sums;
  Buffer<T> column_of_w(plan.depth());
  T* const dense = column_of_w.data();
  for (std::int64_t k = 0; k < plan.depth(); ++k) dense[k] = w.data[k * w.stride];
  for_stretches(plan, begin, end, [&](const Stretch& whole) {
    for (std::int64_t at = 0; at < whole.length; at += kStretch) {
      const Stretch s{whole.image, whole.row, whole.column + at, std::min(kStretch, whole.length - at),
                      whole.at + at};
      sums.fill(T{0});
      for_taps_inside(plan, s, [&](auto tap, auto row, auto first, auto last, auto column) {
        add_dots(pixel(plan, x, s.image, row, column), plan.step.columns * plan.in_channels,
                 dense + tap * plan.channels, plan.channels, sums.data() + first * kLanes, last - first);
      });
      add_up_lanes(sums.data(), z + s.at, s.length);
    }
  });
}

// z (places, channels) += each channel by itself through the taps.
template <class T>
void weigh_channels(const ConvPlan& plan, const T* x, Weights<T> w, std::int64_t begin, std::int64_t end,
                    T* z) {
  const std::int64_t channels = plan.in_channels;
  for_stretches(plan, begin, end, [&](const Stretch& s) {
    for_taps_inside(plan, s, [&](auto tap, auto row, auto first, auto last, auto column) {
      add_products(pixel(plan, x, s.image, row, column), plan.step.columns * channels,
                   w.data + tap * w.stride, channels, z + (s.at + first) * channels, channels, last - first);
    });
  });
}

// Where the results of a stretch begin in the output.
inline std::int64_t output_offset(const ConvPlan& plan, const Stretch& s) {
  const std::int64_t row = plan.out_first.rows + s.row * plan.out_step.rows;
  const std::int64_t column = plan.out_first.columns + s.column * plan.out_step.columns;
  return ((s.image * plan.out_rows + row) * plan.out_columns + column) * plan.out_channels;
}

// y = f(taps · w + bias) at the places [begin, end) for one group; x, y and bias begin at its channels.
template <class T>
void convolve_tile(const ConvPlan& plan, const T* x, Weights<T> w, const T* bias, Epilogue f, T* y,
                   std::int64_t begin, std::int64_t end) {
  const std::int64_t n = end - begin, width = plan.pass_width(), depth = plan.depth();
  const bool in_place = plan.dense_output();
  Buffer<T> apart(in_place ? 0 : n * width);
  T* const z = in_place ? y + begin * width : apart.data();
  for (std::int64_t i = 0; i < n; ++i) {
    bias ? std::copy_n(bias, width, z + i * width) : std::fill_n(z + i * width, width, T{0});
  }
  if (plan.depthwise()) {
    weigh_channels(plan, x, w, begin, end, z);
  } else if (plan.channels == 1) {
    spread_channel(plan, x, w, begin, end, z);
  } else if (width == 1) {
    gather_channel(plan, x, w, begin, end, z);
  } else if (depth > 0) {
    Buffer<T> patches(n * depth);
    copy_patches(plan, x, begin, end, patches.data());
    blas::gemm(n, width, depth, {patches.data(), depth, false}, {w.data, w.stride, false}, z, width, true);
  }
  apply_epilogue<T>(f, nullptr, z, z, n * width);
  if (in_place) return;
  for_stretches(plan, begin, end, [&](const Stretch& s) {
    T* const to = y + output_offset(plan, s);
    for (std::int64_t i = 0; i < s.length; ++i) {
      std::copy_n(z + (s.at + i) * width, width, to + i * plan.out_step.columns * plan.out_channels);
    }
  });
}

// The sum over the places [begin, end) of patchᵀ y, added to w (depth, O), for one group.
template <class T>
void add_kernel_grad(const ConvPlan& plan, const T* x, const T* y, std::int64_t begin, std::int64_t end,
                     T* w) {
  const std::int64_t n = end - begin, width = plan.width, depth = plan.depth(), all = plan.out_channels;
  if (plan.channels > 1 && width > 1) {
    Buffer<T> patches(n * depth);
    copy_patches(plan, x, begin, end, patches.data());
    blas::gemm(depth, width, n, {patches.data(), depth, true}, {y + begin * all, all, false}, w, all, true);
    return;
  }
  Buffer<T> column(depth, T{0});  // of w, where it has one
  T* const sums = column.data();
  const std::int64_t stride = plan.step.columns * plan.in_channels;
  for_stretches(plan, begin, end, [&](const Stretch& s) {
    const T* const of_y = y + (begin + s.at) * all;
    for_taps_inside(plan, s, [&](auto tap, auto row, auto first, auto last, auto at) {
      const T* const of_x = pixel(plan, x, s.image, row, at);
      if (plan.depthwise()) {
        add_product_sums(of_x, stride, of_y + first * all, all, all, w + tap * all, last - first);
      } else if (width == 1) {
        add_weighted_sum(of_y + first * all, all, of_x, stride, plan.channels, sums + tap * plan.channels,
                         last - first);
      } else {
        add_weighted_sum(of_x, stride, of_y + first * all, all, width, w + tap * all, last - first);
      }
    });
  });
  if (width != 1 || plan.depthwise()) return;
  for (std::int64_t k = 0; k < depth; ++k) w[k * all] += sums[k];
}

}  // namespace hourglass::detail
