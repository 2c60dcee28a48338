#include <hourglass/tensor/base/buffer.h>
#include <hourglass/tensor/kernels/activations.h>
#include <hourglass/tensor/kernels/gru.h>
#include <hourglass/tensor/kernels/recurrent.h>

#include <algorithm>

namespace hourglass::detail {

namespace {

// One row of a step; m (3 units) is h_{t−1} U + b.
template <class T>
void step_after(std::int64_t units, const T* before, const T* m, T* gates, T* h) {
  dispatch([=](auto /*set*/) {
    T *const z = gates, *const r = z + units, *const n = r + units;
#pragma GCC ivdep  // none of them overlap
    for (std::int64_t j = 0; j < units; ++j) {
      z[j] = Sigmoid::value(z[j] + m[j]);
      r[j] = Sigmoid::value(r[j] + m[units + j]);
      n[j] = Tanh::value(n[j] + r[j] * m[2 * units + j]);
      h[j] = z[j] * before[j] + (T{1} - z[j]) * n[j];
    }
  });
}

// The same with the reset before the product, in two parts: the gates z and r hold their sums, and what the
// last product takes, r h_{t−1}, is written.
template <class T>
void open_gates(std::int64_t units, const T* before, T* gates, T* reset) {
  dispatch([=](auto /*set*/) {
#pragma GCC ivdep  // none of them overlap
    for (std::int64_t j = 0; j < 2 * units; ++j) gates[j] = Sigmoid::value(gates[j]);
#pragma GCC ivdep  // none of them overlap
    for (std::int64_t j = 0; j < units; ++j) reset[j] = gates[units + j] * before[j];
  });
}
template <class T>
void step_before(std::int64_t units, const T* before, T* gates, T* h) {
  dispatch([=](auto /*set*/) {
    const T* const z = gates;
    T* const n = gates + 2 * units;
#pragma GCC ivdep  // none of them overlap
    for (std::int64_t j = 0; j < units; ++j) {
      n[j] = Tanh::value(n[j]);
      h[j] = z[j] * before[j] + (T{1} - z[j]) * n[j];
    }
  });
}

// Back through a row of a step: dh is that of h_t on its way in and of z h_{t−1} on its way out.
template <class T>
void step_after_back(std::int64_t units, const T* before, const T* gates, const T* m, T* dh, T* da, T* dm) {
  dispatch([=](auto /*set*/) {
    const T *const z = gates, *const r = z + units, *const n = r + units;
#pragma GCC ivdep  // none of them overlap
    for (std::int64_t j = 0; j < units; ++j) {
      const T dz = dh[j] * (before[j] - n[j]) * z[j] * (T{1} - z[j]);
      const T dn = dh[j] * (T{1} - z[j]) * (T{1} - n[j] * n[j]);
      const T dr = dn * m[j] * r[j] * (T{1} - r[j]);
      da[j] = dm[j] = dz;
      da[units + j] = dm[units + j] = dr;
      da[2 * units + j] = dn;
      dm[2 * units + j] = dn * r[j];
      dh[j] *= z[j];
    }
  });
}

// In two parts again: first z and n, then, from the gradient of r h_{t−1}, r.
template <class T>
void step_before_back(std::int64_t units, const T* before, const T* gates, T* dh, T* da) {
  dispatch([=](auto /*set*/) {
    const T *const z = gates, *const n = z + 2 * units;
#pragma GCC ivdep  // none of them overlap
    for (std::int64_t j = 0; j < units; ++j) {
      da[j] = dh[j] * (before[j] - n[j]) * z[j] * (T{1} - z[j]);
      da[2 * units + j] = dh[j] * (T{1} - z[j]) * (T{1} - n[j] * n[j]);
      dh[j] *= z[j];
    }
  });
}
template <class T>
void reset_back(std::int64_t units, const T* before, const T* gates, const T* dreset, T* dh, T* da) {
  dispatch([=](auto /*set*/) {
    const T* const r = gates + units;
#pragma GCC ivdep  // none of them overlap
    for (std::int64_t j = 0; j < units; ++j) {
      da[units + j] = dreset[j] * before[j] * r[j] * (T{1} - r[j]);
      dh[j] += dreset[j] * r[j];
    }
  });
}

// Where the states before step t begin, for the rows from `first`; rows of zeros before the first step where
// no start is given.
template <class T>
const T* states_before(const GruExtents& n, std::int64_t t, std::int64_t first, const T* start, const T* h,
                       const T* zeros) {
  if (t > 0) return h + ((t - 1) * n.rows + first) * n.units;
  return start ? start + first * n.units : zeros;
}

// `rows` times b, or zeros.
template <class T>
void fill_rows(const T* b, std::int64_t rows, std::int64_t wide, T* m) {
  for (std::int64_t r = 0; r < rows; ++r) {
    if (b) {
      std::copy_n(b, wide, m + r * wide);
    } else {
      std::fill_n(m + r * wide, wide, T{0});
    }
  }
}

}  // namespace

template <class T>
void gru_forward(const GruExtents& n, const T* u, const T* b, const T* start, T* gates, T* h, T* m) {
  const std::int64_t wide = 3 * n.units, of_product = n.reset_after ? wide : 2 * n.units;
  const Spread<T> recurrent({u, wide, false}, n.units, of_product),
      candidate({u + 2 * n.units, wide, false}, n.units, n.units);
  const auto part = [&](std::int64_t first, std::int64_t rows) {
    const Buffer<T> none(rows * n.units, T{0});
    Buffer<T> scratch(rows * wide);
    for (std::int64_t t = 0; t < n.steps; ++t) {
      const std::int64_t at = t * n.rows + first;
      const T* const before = states_before(n, t, first, start, h, none.data());
      T *const a = gates + at * wide, *const to = h + at * n.units, *const s = scratch.data();
      if (n.reset_after) {
        fill_rows(b, rows, wide, s);
        gemm<T>(rows, wide, n.units, {before, n.units, false}, recurrent.matrix(), s, wide, true);
        for (std::int64_t r = 0; r < rows; ++r) {
          step_after(n.units, before + r * n.units, s + r * wide, a + r * wide, to + r * n.units);
          std::copy_n(s + r * wide + 2 * n.units, n.units, m + (at + r) * n.units);
        }
        continue;
      }
      gemm<T>(rows, of_product, n.units, {before, n.units, false}, recurrent.matrix(), a, wide, true);
      for (std::int64_t r = 0; r < rows; ++r)
        open_gates(n.units, before + r * n.units, a + r * wide, s + r * n.units);
      gemm<T>(rows, n.units, n.units, {s, n.units, false}, candidate.matrix(), a + 2 * n.units, wide, true);
      for (std::int64_t r = 0; r < rows; ++r)
        step_before(n.units, before + r * n.units, a + r * wide, to + r * n.units);
    }
  };
  for_row_parts(n.rows, recurrent_flops(n.steps, n.rows, n.units, 3), part);
}

template <class T>
void gru_backward(const GruExtents& n, const T* dh, const T* u, const T* start, const T* gates, const T* h,
                  const T* m, T* da, T* dm, T* dh_start) {
  const std::int64_t wide = 3 * n.units, of_product = n.reset_after ? wide : 2 * n.units;
  const Spread<T> turned({u, wide, true}, of_product, n.units),
      candidate({u + 2 * n.units, wide, true}, n.units, n.units);
  const auto part = [&](std::int64_t first, std::int64_t rows) {
    const std::int64_t size = rows * n.units;
    const Buffer<T> none(size, T{0});
    Buffer<T> later(size, T{0}), reset(size);  // what step t + 1 leaves to h_t
    for (std::int64_t t = n.steps; t-- > 0;) {
      const std::int64_t at = t * n.rows + first;
      const T* const before = states_before(n, t, first, start, h, none.data());
      const T* const a = gates + at * wide;
      T *const d = later.data(), *const ds = reset.data(), *const to = da + at * wide;
      for (std::int64_t i = 0; i < size; ++i) d[i] += dh[at * n.units + i];
      if (n.reset_after) {
        T* const dp = dm + at * wide;
        for (std::int64_t r = 0; r < rows; ++r) {
          step_after_back(n.units, before + r * n.units, a + r * wide, m + (at + r) * n.units,
                          d + r * n.units, to + r * wide, dp + r * wide);
        }
        gemm<T>(rows, n.units, wide, {dp, wide, false}, turned.matrix(), d, n.units, true);
        continue;
      }
      for (std::int64_t r = 0; r < rows; ++r)
        step_before_back(n.units, before + r * n.units, a + r * wide, d + r * n.units, to + r * wide);
      gemm<T>(rows, n.units, n.units, {to + 2 * n.units, wide, false}, candidate.matrix(), ds, n.units);
      for (std::int64_t r = 0; r < rows; ++r) {
        reset_back(n.units, before + r * n.units, a + r * wide, ds + r * n.units, d + r * n.units,
                   to + r * wide);
      }
      gemm<T>(rows, n.units, of_product, {to, wide, false}, turned.matrix(), d, n.units, true);
    }
    std::copy_n(later.data(), size, dh_start + first * n.units);
  };
  for_row_parts(n.rows, recurrent_flops(n.steps, n.rows, n.units, 3), part);
}

template void gru_forward(const GruExtents&, const float*, const float*, const float*, float*, float*,
                          float*);
template void gru_forward(const GruExtents&, const double*, const double*, const double*, double*, double*,
                          double*);
template void gru_backward(const GruExtents&, const float*, const float*, const float*, const float*,
                           const float*, const float*, float*, float*, float*);
template void gru_backward(const GruExtents&, const double*, const double*, const double*, const double*,
                           const double*, const double*, double*, double*, double*);

}  // namespace hourglass::detail
