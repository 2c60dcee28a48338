#pragma once

#include <hourglass/autograd/variable.h>
#include <hourglass/tensor/ops/elementwise.h>

/// The element-wise functions of tensor/ops/elementwise.h for variables. Beside each, its gradient; operands
/// are broadcast by broadcast_to, an op with a gradient of its own.
namespace hourglass {

[[nodiscard]] Variable add(const Variable& a, const Variable& b);       // da = dy, db = dy
[[nodiscard]] Variable subtract(const Variable& a, const Variable& b);  // da = dy, db = −dy
[[nodiscard]] Variable multiply(const Variable& a, const Variable& b);  // da = dy b, db = dy a
[[nodiscard]] Variable divide(const Variable& a, const Variable& b);    // da = dy / b, db = −dy y / b
[[nodiscard]] Variable maximum(const Variable& a, const Variable& b);   // dy where larger, halved at ties
[[nodiscard]] Variable minimum(const Variable& a, const Variable& b);   // dy where smaller, halved at ties
[[nodiscard]] Variable pow(
    const Variable& a,
    const Variable& b);  // da = dy b aᵇ⁻¹ (0 at b = 0), db = dy y log a (0 at a = 0 <= b)
[[nodiscard]] Variable add(const Variable& a, double b);
[[nodiscard]] Variable subtract(const Variable& a, double b);
[[nodiscard]] Variable subtract(double a, const Variable& b);
[[nodiscard]] Variable multiply(const Variable& a, double b);
[[nodiscard]] Variable divide(const Variable& a, double b);
[[nodiscard]] Variable divide(double a, const Variable& b);
[[nodiscard]] Variable maximum(const Variable& a, double b);
[[nodiscard]] Variable minimum(const Variable& a, double b);
[[nodiscard]] Variable pow(const Variable& a, double b);

[[nodiscard]] Variable neg(const Variable& x);                            // dx = −dy
[[nodiscard]] Variable abs(const Variable& x);                            // dx = dy sign(x)
[[nodiscard]] Variable sign(const Variable& x);                           // dx = 0
[[nodiscard]] Variable square(const Variable& x);                         // dx = 2 dy x
[[nodiscard]] Variable clip(const Variable& x, double low, double high);  // dx = dy [low ≤ x ≤ high]
[[nodiscard]] Variable floor(const Variable& x);                          // dx = 0
[[nodiscard]] Variable ceil(const Variable& x);                           // dx = 0
[[nodiscard]] Variable round(const Variable& x);                          // dx = 0
[[nodiscard]] Variable exp(const Variable& x);                            // dx = dy y
[[nodiscard]] Variable expm1(const Variable& x);                          // dx = dy (y + 1)
[[nodiscard]] Variable log(const Variable& x);                            // dx = dy / x
[[nodiscard]] Variable log1p(const Variable& x);                          // dx = dy / (1 + x)
[[nodiscard]] Variable sqrt(const Variable& x);                           // dx = dy / 2y
[[nodiscard]] Variable rsqrt(const Variable& x);                          // dx = −½ dy y³
[[nodiscard]] Variable sin(const Variable& x);                            // dx = dy cos x
[[nodiscard]] Variable cos(const Variable& x);                            // dx = −dy sin x
[[nodiscard]] Variable tanh(const Variable& x);                           // dx = dy (1 − y²)
[[nodiscard]] Variable erf(const Variable& x);                            // dx = dy 2/√π e^−x²

[[nodiscard]] inline Variable operator+(const Variable& a, const Variable& b) { return add(a, b); }
[[nodiscard]] inline Variable operator-(const Variable& a, const Variable& b) { return subtract(a, b); }
[[nodiscard]] inline Variable operator*(const Variable& a, const Variable& b) { return multiply(a, b); }
[[nodiscard]] inline Variable operator/(const Variable& a, const Variable& b) { return divide(a, b); }
[[nodiscard]] inline Variable operator+(const Variable& a, double b) { return add(a, b); }
[[nodiscard]] inline Variable operator-(const Variable& a, double b) { return subtract(a, b); }
[[nodiscard]] inline Variable operator*(const Variable& a, double b) { return multiply(a, b); }
[[nodiscard]] inline Variable operator/(const Variable& a, double b) { return divide(a, b); }
[[nodiscard]] inline Variable operator+(double a, const Variable& b) { return add(b, a); }
[[nodiscard]] inline Variable operator-(double a, const Variable& b) { return subtract(a, b); }
[[nodiscard]] inline Variable operator*(double a, const Variable& b) { return multiply(b, a); }
[[nodiscard]] inline Variable operator/(double a, const Variable& b) { return divide(a, b); }
[[nodiscard]] inline Variable operator-(const Variable& x) { return neg(x); }

// a += b is a = a + b: the handle moves on to the result, no element changes, and whoever shared the old a
// keeps it.
inline Variable& operator+=(Variable& a, const Variable& b) { return a = a + b; }
inline Variable& operator-=(Variable& a, const Variable& b) { return a = a - b; }
inline Variable& operator*=(Variable& a, const Variable& b) { return a = a * b; }
inline Variable& operator/=(Variable& a, const Variable& b) { return a = a / b; }
inline Variable& operator+=(Variable& a, double b) { return a = a + b; }
inline Variable& operator-=(Variable& a, double b) { return a = a - b; }
inline Variable& operator*=(Variable& a, double b) { return a = a * b; }
inline Variable& operator/=(Variable& a, double b) { return a = a / b; }

// Comparisons give tensors of 0 and 1: no gradient flows through them.
[[nodiscard]] Tensor less(const Variable& a, const Variable& b);
[[nodiscard]] Tensor less_equal(const Variable& a, const Variable& b);
[[nodiscard]] Tensor greater(const Variable& a, const Variable& b);
[[nodiscard]] Tensor greater_equal(const Variable& a, const Variable& b);
[[nodiscard]] Tensor equal(const Variable& a, const Variable& b);
[[nodiscard]] Tensor not_equal(const Variable& a, const Variable& b);
[[nodiscard]] Tensor less(const Variable& a, double b);
[[nodiscard]] Tensor less_equal(const Variable& a, double b);
[[nodiscard]] Tensor greater(const Variable& a, double b);
[[nodiscard]] Tensor greater_equal(const Variable& a, double b);
[[nodiscard]] Tensor equal(const Variable& a, double b);
[[nodiscard]] Tensor not_equal(const Variable& a, double b);
[[nodiscard]] inline Tensor operator<(const Variable& a, const Variable& b) { return less(a, b); }
[[nodiscard]] inline Tensor operator<=(const Variable& a, const Variable& b) { return less_equal(a, b); }
[[nodiscard]] inline Tensor operator>(const Variable& a, const Variable& b) { return greater(a, b); }
[[nodiscard]] inline Tensor operator>=(const Variable& a, const Variable& b) { return greater_equal(a, b); }
[[nodiscard]] inline Tensor operator==(const Variable& a, const Variable& b) { return equal(a, b); }
[[nodiscard]] inline Tensor operator!=(const Variable& a, const Variable& b) { return not_equal(a, b); }
[[nodiscard]] inline Tensor operator<(const Variable& a, double b) { return less(a, b); }
[[nodiscard]] inline Tensor operator<=(const Variable& a, double b) { return less_equal(a, b); }
[[nodiscard]] inline Tensor operator>(const Variable& a, double b) { return greater(a, b); }
[[nodiscard]] inline Tensor operator>=(const Variable& a, double b) { return greater_equal(a, b); }
[[nodiscard]] inline Tensor operator==(const Variable& a, double b) { return equal(a, b); }
[[nodiscard]] inline Tensor operator!=(const Variable& a, double b) { return not_equal(a, b); }
[[nodiscard]] inline Tensor operator<(double a, const Variable& b) { return greater(b, a); }
[[nodiscard]] inline Tensor operator<=(double a, const Variable& b) { return greater_equal(b, a); }
[[nodiscard]] inline Tensor operator>(double a, const Variable& b) { return less(b, a); }
[[nodiscard]] inline Tensor operator>=(double a, const Variable& b) { return less_equal(b, a); }
[[nodiscard]] inline Tensor operator==(double a, const Variable& b) { return equal(b, a); }
[[nodiscard]] inline Tensor operator!=(double a, const Variable& b) { return not_equal(b, a); }

}  // namespace hourglass
