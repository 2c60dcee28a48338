#pragma once

#include <hourglass/tensor/tensor.h>

/// Element-wise functions. Two operands are broadcast by NumPy's rule and must have the same type; a number
/// on either side takes the tensor's type. Results are new and contiguous. Where it is not said otherwise,
/// integer operands throw DTypeError, shapes that do not broadcast ShapeError.
namespace hourglass {

// Arithmetic; for integers too, modulo 2⁸ or 2⁶⁴. Integer division truncates and throws DataError for a zero
// divisor.
[[nodiscard]] Tensor add(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor subtract(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor multiply(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor divide(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor maximum(const Tensor& a, const Tensor& b);  // nan if either is nan
[[nodiscard]] Tensor minimum(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor pow(const Tensor& a, const Tensor& b);  // aᵇ, floating only
// With a number, which must be exact in the tensor's type: DataError for 0.5 beside integers.
[[nodiscard]] Tensor add(const Tensor& a, double b);
[[nodiscard]] Tensor subtract(const Tensor& a, double b);
[[nodiscard]] Tensor subtract(double a, const Tensor& b);
[[nodiscard]] Tensor multiply(const Tensor& a, double b);
[[nodiscard]] Tensor divide(const Tensor& a, double b);
[[nodiscard]] Tensor divide(double a, const Tensor& b);
[[nodiscard]] Tensor maximum(const Tensor& a, double b);
[[nodiscard]] Tensor minimum(const Tensor& a, double b);
[[nodiscard]] Tensor pow(const Tensor& a, double b);

/// a += b without a new tensor; b is broadcast to a's shape.
void add_in_place(Tensor& a, const Tensor& b);

// Comparisons, for every type: uint8 tensors of 0 and 1. False where an operand is nan, but for not_equal.
[[nodiscard]] Tensor equal(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor not_equal(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor less(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor less_equal(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor greater(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor greater_equal(const Tensor& a, const Tensor& b);
[[nodiscard]] Tensor equal(const Tensor& a, double b);
[[nodiscard]] Tensor not_equal(const Tensor& a, double b);
[[nodiscard]] Tensor less(const Tensor& a, double b);
[[nodiscard]] Tensor less_equal(const Tensor& a, double b);
[[nodiscard]] Tensor greater(const Tensor& a, double b);
[[nodiscard]] Tensor greater_equal(const Tensor& a, double b);

[[nodiscard]] Tensor neg(const Tensor& x);     // −x, for int64 too
[[nodiscard]] Tensor abs(const Tensor& x);     // |x|, for int64 too
[[nodiscard]] Tensor sign(const Tensor& x);    // −1, 0 or 1, for int64 too; nan stays nan
[[nodiscard]] Tensor square(const Tensor& x);  // x², for every type
[[nodiscard]] Tensor clip(const Tensor& x, double low,
                          double high);       // min(max(x, low), high), for every type
[[nodiscard]] Tensor floor(const Tensor& x);  // the next integer below, for every type
[[nodiscard]] Tensor ceil(const Tensor& x);   // above
[[nodiscard]] Tensor round(const Tensor& x);  // the nearest, of two as near the even one
[[nodiscard]] Tensor exp(const Tensor& x);
[[nodiscard]] Tensor expm1(const Tensor& x);  // eˣ − 1, accurate near 0
[[nodiscard]] Tensor log(const Tensor& x);
[[nodiscard]] Tensor log1p(const Tensor& x);  // log(1 + x), accurate near 0
[[nodiscard]] Tensor sqrt(const Tensor& x);
[[nodiscard]] Tensor rsqrt(const Tensor& x);  // 1 / √x
[[nodiscard]] Tensor sin(const Tensor& x);
[[nodiscard]] Tensor cos(const Tensor& x);
[[nodiscard]] Tensor tanh(const Tensor& x);
[[nodiscard]] Tensor erf(const Tensor& x);

// Operators: + - * / between tensors and numbers, comparisons.
[[nodiscard]] inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
[[nodiscard]] inline Tensor operator-(const Tensor& a, const Tensor& b) { return subtract(a, b); }
[[nodiscard]] inline Tensor operator*(const Tensor& a, const Tensor& b) { return multiply(a, b); }
[[nodiscard]] inline Tensor operator/(const Tensor& a, const Tensor& b) { return divide(a, b); }
[[nodiscard]] inline Tensor operator+(const Tensor& a, double b) { return add(a, b); }
[[nodiscard]] inline Tensor operator-(const Tensor& a, double b) { return subtract(a, b); }
[[nodiscard]] inline Tensor operator*(const Tensor& a, double b) { return multiply(a, b); }
[[nodiscard]] inline Tensor operator/(const Tensor& a, double b) { return divide(a, b); }
[[nodiscard]] inline Tensor operator+(double a, const Tensor& b) { return add(b, a); }
[[nodiscard]] inline Tensor operator-(double a, const Tensor& b) { return subtract(a, b); }
[[nodiscard]] inline Tensor operator*(double a, const Tensor& b) { return multiply(b, a); }
[[nodiscard]] inline Tensor operator/(double a, const Tensor& b) { return divide(a, b); }
[[nodiscard]] inline Tensor operator-(const Tensor& x) { return neg(x); }
[[nodiscard]] inline Tensor operator<(const Tensor& a, const Tensor& b) { return less(a, b); }
[[nodiscard]] inline Tensor operator<=(const Tensor& a, const Tensor& b) { return less_equal(a, b); }
[[nodiscard]] inline Tensor operator>(const Tensor& a, const Tensor& b) { return greater(a, b); }
[[nodiscard]] inline Tensor operator>=(const Tensor& a, const Tensor& b) { return greater_equal(a, b); }
[[nodiscard]] inline Tensor operator==(const Tensor& a, const Tensor& b) { return equal(a, b); }
[[nodiscard]] inline Tensor operator!=(const Tensor& a, const Tensor& b) { return not_equal(a, b); }
[[nodiscard]] inline Tensor operator<(const Tensor& a, double b) { return less(a, b); }
[[nodiscard]] inline Tensor operator<=(const Tensor& a, double b) { return less_equal(a, b); }
[[nodiscard]] inline Tensor operator>(const Tensor& a, double b) { return greater(a, b); }
[[nodiscard]] inline Tensor operator>=(const Tensor& a, double b) { return greater_equal(a, b); }
[[nodiscard]] inline Tensor operator==(const Tensor& a, double b) { return equal(a, b); }
[[nodiscard]] inline Tensor operator!=(const Tensor& a, double b) { return not_equal(a, b); }
[[nodiscard]] inline Tensor operator<(double a, const Tensor& b) { return greater(b, a); }
[[nodiscard]] inline Tensor operator<=(double a, const Tensor& b) { return greater_equal(b, a); }
[[nodiscard]] inline Tensor operator>(double a, const Tensor& b) { return less(b, a); }
[[nodiscard]] inline Tensor operator>=(double a, const Tensor& b) { return less_equal(b, a); }
[[nodiscard]] inline Tensor operator==(double a, const Tensor& b) { return equal(b, a); }
[[nodiscard]] inline Tensor operator!=(double a, const Tensor& b) { return not_equal(b, a); }

}  // namespace hourglass
