#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/elementwise.h>

#include <cmath>

namespace hourglass {

using detail::map_any;
using detail::map_number;

namespace {

// Integers wrap around, so their arithmetic is done unsigned.
struct Add {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
    else
      return a + b;
  }
};
struct Subtract {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
    else
      return a - b;
  }
};
struct Multiply {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
    else
      return a * b;
  }
};
struct Divide {
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_same_v<T, std::int64_t>)
      return b == -1 ? Subtract()(T{0}, a) : a / b;  // −2⁶³ / −1 wraps
    else
      return static_cast<T>(a / b);
  }
};
struct Maximum {
  template <class T>
  T operator()(T a, T b) const {
    return a > b || a != a ? a : b;
  }
};
struct Minimum {
  template <class T>
  T operator()(T a, T b) const {
    return a < b || a != a ? a : b;
  }
};

void expect_no_zero(const Tensor& divisor) {
  if (is_floating(divisor.dtype())) return;
  visit(divisor.dtype(), [&]<class T>() {
    const Tensor flat = divisor.contiguous();
    const T* const values = flat.data<T>();
    if (std::find(values, values + flat.size(), T{0}) == values + flat.size()) return;
    throw DataError(
        "divide: integer division by zero, in a divisor of shape {}; convert to float32 for inf and nan",
        divisor.shape());
  });
}

// f(number, x): the operands the other way round.
template <class F>
auto swapped(F f) {
  return [f](auto v, auto b) { return f(b, v); };
}

}  // namespace

Tensor add(const Tensor& a, const Tensor& b) { return map_any("add", a, b, Add()); }
Tensor subtract(const Tensor& a, const Tensor& b) { return map_any("subtract", a, b, Subtract()); }
Tensor multiply(const Tensor& a, const Tensor& b) { return map_any("multiply", a, b, Multiply()); }
Tensor divide(const Tensor& a, const Tensor& b) {
  expect_no_zero(b);
  return map_any("divide", a, b, Divide());
}
Tensor maximum(const Tensor& a, const Tensor& b) { return map_any("maximum", a, b, Maximum()); }
Tensor minimum(const Tensor& a, const Tensor& b) { return map_any("minimum", a, b, Minimum()); }
Tensor pow(const Tensor& a, const Tensor& b) {
  return map("pow", a, b, [](auto x, auto p) { return std::pow(x, p); });
}

Tensor add(const Tensor& a, double b) { return map_number("add", a, b, Add()); }
Tensor subtract(const Tensor& a, double b) { return map_number("subtract", a, b, Subtract()); }
Tensor subtract(double a, const Tensor& b) { return map_number("subtract", b, a, swapped(Subtract())); }
Tensor multiply(const Tensor& a, double b) { return map_number("multiply", a, b, Multiply()); }
Tensor divide(const Tensor& a, double b) {
  if (b == 0 && !is_floating(a.dtype()))
    throw DataError(
        "divide: integer division of a tensor of shape {} by zero; convert to float32 for inf and nan",
        a.shape());
  return map_number("divide", a, b, Divide());
}
Tensor divide(double a, const Tensor& b) {
  expect_no_zero(b);
  return map_number("divide", b, a, swapped(Divide()));
}
Tensor maximum(const Tensor& a, double b) { return map_number("maximum", a, b, Maximum()); }
Tensor minimum(const Tensor& a, double b) { return map_number("minimum", a, b, Minimum()); }
Tensor pow(const Tensor& a, double b) {
  if (b == 2 && is_floating(a.dtype())) return square(a);
  return map("pow", a, [b](auto x) { return std::pow(x, static_cast<decltype(x)>(b)); });
}

void add_in_place(Tensor& a, const Tensor& b) {
  detail::expect_same_type("add_in_place", a, b);
  if (!(a.shape() == b.shape()) || !a.is_contiguous() || !b.is_contiguous()) {
    if (!(broadcast_shapes("add_in_place", a.shape(), b.shape()) == a.shape())) {
      throw ShapeError("add_in_place: {} does not broadcast to {}; a + b takes the larger shape of the two",
                       b.shape(), a.shape());
    }
    return a.copy_from(add(a, b));
  }
  visit(a.dtype(), [&]<class T>() {
    T* const to = a.mutable_data<T>();
    const T* const from = b.data<T>();
    parallel_ranges(a.size(), detail::kGrain, [&](std::int64_t begin, std::int64_t end) {
      detail::map_row(to + begin, from + begin, to + begin, end - begin, Add());
    });
  });
}

}  // namespace hourglass
