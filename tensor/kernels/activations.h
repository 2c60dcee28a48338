#pragma once

#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/base/rows.h>
#include <hourglass/tensor/base/vector_math.h>
#include <hourglass/tensor/kernels/sums.h>

#include <type_traits>

/// The activations that a product or a convolution applies on its way to memory, each once: its value
/// y = f(z), and its slope, dz = dy f'(z), computed from y alone, of numbers or of Lanes.
namespace hourglass::detail {

struct Linear {
  template <class T>
  [[gnu::always_inline]] static T value(T z) {
    return z;
  }
  template <class D>
  [[gnu::always_inline]] static void slope(const D& dy, const D& /*y*/, D& dz) {
    dz = dy;
  }
};

struct Relu {
  template <class T>
  [[gnu::always_inline]] static T value(T z) {
    return z < 0 ? T{0} : z;  // nan stays nan
  }
  template <class D>
  [[gnu::always_inline]] static void slope(const D& dy, const D& y, D& dz) {
    dz = y > 0 ? dy : D{};
  }
};

struct Sigmoid {
  template <class T>
  [[gnu::always_inline]] static T value(T z) {
    return math::sigmoid(z);
  }
  template <class D>
  [[gnu::always_inline]] static void slope(const D& dy, const D& y, D& dz) {
    dz = dy * (y * (1 - y));
  }
};

struct Tanh {
  template <class T>
  [[gnu::always_inline]] static T value(T z) {
    return math::tanh(z);
  }
  template <class D>
  [[gnu::always_inline]] static void slope(const D& dy, const D& y, D& dz) {
    dz = dy * (1 - y * y);
  }
};

/// Calls g with the activation that f names.
template <class G>
decltype(auto) with_activation(Epilogue f, G&& g) {
  switch (f) {
    case Epilogue::relu:
      return g(Relu());
    case Epilogue::sigmoid:
      return g(Sigmoid());
    case Epilogue::tanh:
      return g(Tanh());
    case Epilogue::none:
      break;
  }
  return g(Linear());
}

/// y[i] = f(z[i] + bias[i]); bias may be null, y may be z.
template <class T>
void apply_epilogue(Epilogue f, const T* bias, const T* z, T* y, std::int64_t n) {
  if (f == Epilogue::none && !bias && z == y) return;
  with_activation(f, [&]<class F>(F) {
    if (bias) {
      map_row(z, bias, y, n, [](T v, T b) { return F::value(v + b); });
    } else {
      map_row(z, y, n, [](T v) { return F::value(v); });
    }
  });
}

/// dz = f's slope for rows of a matrix; sums[j] += Σ over rows of dz[:, j]. dz may be dy.
template <class F, class T>
void slope_rows(const T* dy, const T* y, T* dz, std::int64_t rows, std::int64_t columns, double* sums) {
  dispatch([=](auto /*set*/) mutable {
    for (std::int64_t i = 0; i < rows; ++i, dy += columns, y += columns, dz += columns) {
      for (std::int64_t j = 0; j < columns; ++j) F::slope(dy[j], y[j], dz[j]);
      for (std::int64_t j = 0; j < columns; ++j) sums[j] += static_cast<double>(dz[j]);
    }
  });
}

/// The same for pixels of `channels` numbers, of which B · N from the first are taken; summed up as T.
template <class F, std::int64_t N, int B, class T>
[[gnu::always_inline]] inline void slope_channels(const T* dy, const T* y, T* dz, std::int64_t pixels,
                                                  std::int64_t channels, double* sums) {
  add_lanes<T, N, B>(
      pixels, sums, [=](Lanes<T, N> & sum, std::int64_t pixel, int block) __attribute__((always_inline)) {
        const std::int64_t i = pixel * channels + block * N;
        F::slope(lanes<N>(dy + i), lanes<N>(y + i), lanes<N>(dz + i));
        sum += lanes<N>(dz + i);
      });
}

/// The same for all channels.
template <class F, class T>
void slope_pixels(const T* dy, const T* y, T* dz, std::int64_t pixels, std::int64_t channels, double* sums) {
  dispatch([=](auto set) {
    constexpr std::int64_t kOne = lanes_of<T>(set);
    constexpr int kOfLanes = kLanes / kOne;             // registers
    if (channels < kLanes && kLanes % channels == 0) {  // several pixels fill the lanes
      const std::int64_t n = pixels * channels, whole = n / kLanes * kLanes;
      double of_lanes[kLanes] = {};
      slope_channels<F, kOne, kOfLanes>(dy, y, dz, whole / kLanes, kLanes, of_lanes);
      for (std::int64_t l = 0; l < kLanes; ++l) sums[l % channels] += of_lanes[l];
      for (std::int64_t i = whole; i < n; ++i) {
        F::slope(dy[i], y[i], dz[i]);
        sums[i % channels] += static_cast<double>(dz[i]);
      }
      return;
    }
    std::int64_t c = 0;
    const auto blocks_of = [&]<int B>() __attribute__((always_inline)) {
      for (; c + B * kLanes <= channels; c += B * kLanes)
        slope_channels<F, kOne, B * kOfLanes>(dy + c, y + c, dz + c, pixels, channels, sums + c);
    };
    if constexpr (kOfLanes == 1) blocks_of.template operator()<4>();
    blocks_of.template operator()<2>();
    blocks_of.template operator()<1>();
    for (; c < channels; ++c) {
      for (std::int64_t i = c; i < pixels * channels; i += channels) {
        F::slope(dy[i], y[i], dz[i]);
        sums[c] += static_cast<double>(dz[i]);
      }
    }
  });
}

}  // namespace hourglass::detail
