#pragma once

#include <hourglass/tensor/tensor.h>

#include <initializer_list>
#include <span>
#include <type_traits>
#include <vector>

/// New tensors; float32 where no type is given.
namespace hourglass {

[[nodiscard]] Tensor zeros(const Shape& shape, DType dtype = float32);
[[nodiscard]] Tensor ones(const Shape& shape, DType dtype = float32);
[[nodiscard]] Tensor full(const Shape& shape, double value, DType dtype = float32);
/// The same with the shape and type of another tensor.
[[nodiscard]] Tensor zeros_like(const Tensor& x);
[[nodiscard]] Tensor ones_like(const Tensor& x);
[[nodiscard]] Tensor full_like(const Tensor& x, double value);

/// start, start + step, … up to but without stop. Throws DataError for a step of 0 or a value that is not
/// finite.
[[nodiscard]] Tensor arange(double start, double stop, double step = 1.0, DType dtype = float32);
/// `count` numbers from start to stop, both included, at equal distances. Throws DataError for a negative
/// count.
[[nodiscard]] Tensor linspace(double start, double stop, std::int64_t count, DType dtype = float32);
/// The identity matrix.    -> (n, n)
[[nodiscard]] Tensor eye(std::int64_t n, DType dtype = float32);

/// Numbers, lists of numbers, lists of lists …: {{1, 2}, {3, 4}}.
class NestedList {
 public:
  template <class Number>
  // NOLINTNEXTLINE(google-explicit-constructor): a number stands where a list may
  requires std::is_arithmetic_v<Number> NestedList(Number number) : number_(static_cast<double>(number)) {}
  NestedList(std::initializer_list<NestedList> parts) : parts_(parts), is_list_(true) {}

 private:
  friend Tensor tensor(const NestedList& values, DType dtype);
  [[nodiscard]] Shape shape() const;
  void append_to(std::vector<double>& out, const Shape& expected, int depth) const;

  double number_ = 0.0;
  std::vector<NestedList> parts_;
  bool is_list_ = false;
};
/// From nested lists: tensor({{1, 2}, {3, 4}}). Throws ShapeError if lists at one depth differ in length.
[[nodiscard]] Tensor tensor(const NestedList& values, DType dtype = float32);

/// A copy of the values in row-major order. Throws ShapeError if their number is not the shape's size.
template <class T>
[[nodiscard]] Tensor from_span(std::span<const T> values, const Shape& shape);

}  // namespace hourglass
