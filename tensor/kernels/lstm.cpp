#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/kernels/activations.h>
#include <hourglass/tensor/kernels/lstm.h>
#include <hourglass/tensor/kernels/recurrent.h>

#include <algorithm>

namespace hourglass::detail {

namespace {

// One row of a step: the gates (4 units) hold z + h U and get their values; c and h are written.
template <class T>
void step_row(std::int64_t units, const T* before, T* gates, T* c, T* h) {
  dispatch([=](auto /*set*/) {
    T *const i = gates, *const f = i + units, *const g = f + units, *const o = g + units;
#pragma GCC ivdep  // none of them overlap
    for (std::int64_t j = 0; j < units; ++j) {
      i[j] = Sigmoid::value(i[j]);
      f[j] = Sigmoid::value(f[j]);
      g[j] = Tanh::value(g[j]);
      o[j] = Sigmoid::value(o[j]);
      c[j] = f[j] * before[j] + i[j] * g[j];
      h[j] = o[j] * Tanh::value(c[j]);
    }
  });
}

// Back through it: dc is that of c_t on its way in and of c_{t−1} on its way out. A gate's slope is written
// out, for its factors are multiplied in another order than Sigmoid::slope has them.
template <class T>
void step_row_back(std::int64_t units, const T* before, const T* gates, const T* c, const T* dh, T* dc,
                   T* dz) {
  dispatch([=](auto /*set*/) {
    const T *const i = gates, *const f = i + units, *const g = f + units, *const o = g + units;
#pragma GCC ivdep  // none of them overlap
    for (std::int64_t j = 0; j < units; ++j) {
      const T s = Tanh::value(c[j]), d = dc[j] + dh[j] * o[j] * (T{1} - s * s);
      dz[j] = d * g[j] * i[j] * (T{1} - i[j]);
      dz[units + j] = d * before[j] * f[j] * (T{1} - f[j]);
      dz[2 * units + j] = d * i[j] * (T{1} - g[j] * g[j]);
      dz[3 * units + j] = dh[j] * s * o[j] * (T{1} - o[j]);
      dc[j] = d * f[j];
    }
  });
}

}  // namespace

template <class T>
void lstm_forward(const LstmExtents& n, const T* u, T* gates, T* c, T* h, LstmStart<T> start) {
  const std::int64_t wide = 4 * n.units;
  const Spread<T> recurrent({u, wide, false}, n.units, wide);
  const Buffer<T> none(n.units, T{0});
  for_row_parts(n.rows, recurrent_flops(n.steps, n.rows, n.units, 4),
                [&](std::int64_t first, std::int64_t rows) {
                  for (std::int64_t t = 0; t < n.steps; ++t) {
                    const std::int64_t at = t * n.rows + first, before = at - n.rows;
                    const T* const h_before = t > 0     ? h + before * n.units
                                              : start.h ? start.h + first * n.units
                                                        : nullptr;
                    const T* const c_before = t > 0     ? c + before * n.units
                                              : start.c ? start.c + first * n.units
                                                        : nullptr;
                    if (h_before) {
                      gemm<T>(rows, wide, n.units, {h_before, n.units, false}, recurrent.matrix(),
                              gates + at * wide, wide, true);
                    }
                    for (std::int64_t r = 0; r < rows; ++r) {
                      step_row(n.units, c_before ? c_before + r * n.units : none.data(),
                               gates + (at + r) * wide, c + (at + r) * n.units, h + (at + r) * n.units);
                    }
                  }
                });
}

template <class T>
void lstm_backward(const LstmExtents& n, const T* dh, const T* dc_given, const T* u, const T* c,
                   const T* gates, T* dz, LstmStart<T> start, T* dc_start) {
  const std::int64_t wide = 4 * n.units;
  const Spread<T> turned({u, wide, true}, wide, n.units);
  const Buffer<T> none(n.units, T{0});
  for_row_parts(
      n.rows, recurrent_flops(n.steps, n.rows, n.units, 4), [&](std::int64_t first, std::int64_t rows) {
        const std::int64_t part = rows * n.units;
        Buffer<T> dc(part, T{0}), arrived(part);
        for (std::int64_t t = n.steps; t-- > 0;) {
          const std::int64_t at = t * n.rows + first, before = at - n.rows, after = at + n.rows;
          const T* const c_before = t > 0     ? c + before * n.units
                                    : start.c ? start.c + first * n.units
                                              : nullptr;
          std::copy_n(dh + at * n.units, part, arrived.data());
          if (t + 1 < n.steps) {
            gemm<T>(rows, n.units, wide, {dz + after * wide, wide, false}, turned.matrix(), arrived.data(),
                    n.units, true);
          }
          for (std::int64_t i = 0; dc_given && i < part; ++i) dc.data()[i] += dc_given[at * n.units + i];
          for (std::int64_t r = 0; r < rows; ++r) {
            step_row_back(n.units, c_before ? c_before + r * n.units : none.data(), gates + (at + r) * wide,
                          c + (at + r) * n.units, arrived.data() + r * n.units, dc.data() + r * n.units,
                          dz + (at + r) * wide);
          }
        }
        if (dc_start) std::copy_n(dc.data(), part, dc_start + first * n.units);
      });
}

template void lstm_forward(const LstmExtents&, const float*, float*, float*, float*, LstmStart<float>);
template void lstm_forward(const LstmExtents&, const double*, double*, double*, double*, LstmStart<double>);
template void lstm_backward(const LstmExtents&, const float*, const float*, const float*, const float*,
                            const float*, float*, LstmStart<float>, float*);
template void lstm_backward(const LstmExtents&, const double*, const double*, const double*, const double*,
                            const double*, double*, LstmStart<double>, double*);

}  // namespace hourglass::detail
