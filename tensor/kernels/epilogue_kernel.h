#pragma once

#include <hourglass/tensor/base/epilogue.h>
#include <hourglass/tensor/base/vector_math.h>
#include <hourglass/tensor/map.h>

#include <algorithm>

namespace hourglass::detail {

/// y[i] = f(z[i] + bias[i]); bias may be null, y may be z.
template <class T>
void apply_epilogue(Epilogue f, const T* bias, const T* z, T* y, std::int64_t n) {
  const auto run = [&](auto g) {
    if (bias) {
      map_row(z, bias, y, n, [g](T v, T b) { return g(v + b); });
    } else {
      map_row(z, y, n, g);
    }
  };
  switch (f) {
    case Epilogue::none:
      if (bias || z != y) run([](T v) { return v; });
      return;
    case Epilogue::relu:
      return run([](T v) { return v < 0 ? T{0} : v; });
    case Epilogue::sigmoid:
      return run([](T v) { return math::sigmoid(v); });
    case Epilogue::tanh:
      return run([](T v) { return math::tanh(v); });
  }
}

}  // namespace hourglass::detail
