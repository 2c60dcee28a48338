#pragma once

#include <hourglass/tensor/base/dispatch.h>

#include <cstdint>

/// The inner loops of element-wise functions: a row in, a row out. f is inlined into each of the copies that
/// dispatch.h makes, so it may be any lambda.
namespace hourglass::detail {

/// Elements that one task works on; less is not worth a second thread.
inline constexpr std::int64_t kGrain = 16384;

template <class T, class R, class F>
void map_row(const T* x, R* y, std::int64_t n, F f) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
  });
}
template <class T, class R, class F>
void map_row(const T* a, const T* b, R* y, std::int64_t n, F f) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i], b[i]);
  });
}
template <class T, class R, class F>
void map_row(const T* a, const T* b, const T* c, R* y, std::int64_t n, F f) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i], b[i], c[i]);
  });
}
template <class T, class R, class F>
void map_row_right(const T* a, T b, R* y, std::int64_t n, F f) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i], b);
  });
}
template <class T, class R, class F>
void map_row_left(T a, const T* b, R* y, std::int64_t n, F f) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a, b[i]);
  });
}
template <class T, class R, class F>
void map_strided(const T* x, std::int64_t step, R* y, std::int64_t n, F f) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(x[i * step]);
  });
}
template <class T, class R, class F>
void map_strided(const T* a, std::int64_t sa, const T* b, std::int64_t sb, R* y, std::int64_t n, F f) {
  dispatch([=](auto /*set*/) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i * sa], b[i * sb]);
  });
}

}  // namespace hourglass::detail
