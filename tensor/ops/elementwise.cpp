#include <hourglass/tensor/base/vector_math.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/elementwise.h>

#include <cmath>

namespace hourglass {

using detail::map_typed;

namespace {

// For float32, float64 and int64: where a sign means something.
template <class F>
Tensor map_signed(const char* op, const Tensor& x, F f) {
  if (x.dtype() == int64) return map_typed<std::int64_t>(x, f);
  return map(op, x, f);
}

}  // namespace

Tensor neg(const Tensor& x) {
  return map_signed("neg", x, []<class T>(T v) {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(0 - static_cast<std::uint64_t>(v));
    else
      return -v;
  });
}

Tensor abs(const Tensor& x) {
  return map_signed("abs", x, []<class T>(T v) {
    if constexpr (std::is_integral_v<T>)
      return v < 0 ? static_cast<T>(0 - static_cast<std::uint64_t>(v)) : v;
    else
      return std::abs(v);
  });
}

Tensor sign(const Tensor& x) {
  return map_signed("sign", x, []<class T>(T v) {
    const T s = static_cast<T>(T(v > 0) - T(v < 0));
    return v == v ? s : v;  // nan stays nan
  });
}

Tensor square(const Tensor& x) {
  return visit(x.dtype(), [&]<class T>() {
    return map_typed<T>(x, [](T v) {
      if constexpr (std::is_integral_v<T>) {
        const auto u = static_cast<std::uint64_t>(v);
        return static_cast<T>(u * u);
      } else {
        return v * v;
      }
    });
  });
}

Tensor clip(const Tensor& x, double low, double high) {
  if (!(low <= high)) throw DataError("clip: needs low <= high, got {} and {}; exchange them", low, high);
  return visit(x.dtype(), [&]<class T>() {
    const T a = detail::number<T>("clip", low, x), b = detail::number<T>("clip", high, x);
    return map_typed<T>(x, [a, b](T v) { return v < a ? a : v > b ? b : v; });
  });
}

namespace {

// Integers stay as they are.
template <class F>
Tensor map_fraction(const Tensor& x, F f) {
  return is_floating(x.dtype()) ? map("round", x, f) : x.clone();
}

}  // namespace

Tensor floor(const Tensor& x) {
  return map_fraction(x, [](auto v) { return std::floor(v); });
}
Tensor ceil(const Tensor& x) {
  return map_fraction(x, [](auto v) { return std::ceil(v); });
}
Tensor round(const Tensor& x) {
  return map_fraction(x, [](auto v) { return std::nearbyint(v); });
}

Tensor exp(const Tensor& x) {
  return map("exp", x, [](auto v) { return math::exp(v); });
}
Tensor expm1(const Tensor& x) {
  return map("expm1", x, [](auto v) { return math::expm1(v); });
}
Tensor log(const Tensor& x) {
  return map("log", x, [](auto v) { return math::log(v); });
}
Tensor log1p(const Tensor& x) {
  return map("log1p", x, [](auto v) { return math::log1p(v); });
}
Tensor sqrt(const Tensor& x) {
  return map("sqrt", x, [](auto v) { return std::sqrt(v); });
}
Tensor rsqrt(const Tensor& x) {
  return map("rsqrt", x, [](auto v) { return 1 / std::sqrt(v); });
}
Tensor sin(const Tensor& x) {
  return map("sin", x, [](auto v) { return math::sin(v); });
}
Tensor cos(const Tensor& x) {
  return map("cos", x, [](auto v) { return math::cos(v); });
}
Tensor tanh(const Tensor& x) {
  return map("tanh", x, [](auto v) { return math::tanh(v); });
}
Tensor erf(const Tensor& x) {
  return map("erf", x, [](auto v) { return math::erf(v); });
}

}  // namespace hourglass
