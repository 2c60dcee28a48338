#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/elementwise.h>

#include <functional>

namespace hourglass {

namespace {

template <class F>
Tensor compare(const char* op, const Tensor& a, const Tensor& b, F f) {
  detail::expect_same_type(op, a, b);
  return visit(a.dtype(), [&]<class T>() {
    return detail::map_typed<T, std::uint8_t>(op, a, b,
                                              [f](T x, T y) { return static_cast<std::uint8_t>(f(x, y)); });
  });
}

// Integers are compared with a fraction as real numbers.
template <class F>
Tensor compare(const Tensor& a, double b, F f) {
  return visit(a.dtype(), [&]<class T>() {
    using Common = std::conditional_t<std::is_floating_point_v<T>, T, double>;
    const auto number = static_cast<Common>(b);
    return detail::map_typed<T, std::uint8_t>(
        a, [f, number](T x) { return static_cast<std::uint8_t>(f(static_cast<Common>(x), number)); });
  });
}

}  // namespace

Tensor equal(const Tensor& a, const Tensor& b) { return compare("equal", a, b, std::equal_to<>()); }
Tensor not_equal(const Tensor& a, const Tensor& b) {
  return compare("not_equal", a, b, std::not_equal_to<>());
}
Tensor less(const Tensor& a, const Tensor& b) { return compare("less", a, b, std::less<>()); }
Tensor less_equal(const Tensor& a, const Tensor& b) {
  return compare("less_equal", a, b, std::less_equal<>());
}
Tensor greater(const Tensor& a, const Tensor& b) { return compare("greater", a, b, std::greater<>()); }
Tensor greater_equal(const Tensor& a, const Tensor& b) {
  return compare("greater_equal", a, b, std::greater_equal<>());
}
Tensor equal(const Tensor& a, double b) { return compare(a, b, std::equal_to<>()); }
Tensor not_equal(const Tensor& a, double b) { return compare(a, b, std::not_equal_to<>()); }
Tensor less(const Tensor& a, double b) { return compare(a, b, std::less<>()); }
Tensor less_equal(const Tensor& a, double b) { return compare(a, b, std::less_equal<>()); }
Tensor greater(const Tensor& a, double b) { return compare(a, b, std::greater<>()); }
Tensor greater_equal(const Tensor& a, double b) { return compare(a, b, std::greater_equal<>()); }

}  // namespace hourglass
