#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hourglass {

Tensor full(const Shape& shape, double value, DType dtype) {
  Tensor out(shape, dtype);
  out.fill(value);
  return out;
}

Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0.0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1.0, dtype); }
Tensor zeros_like(const Tensor& x) { return zeros(x.shape(), x.dtype()); }
Tensor ones_like(const Tensor& x) { return ones(x.shape(), x.dtype()); }
Tensor full_like(const Tensor& x, double value) { return full(x.shape(), value, x.dtype()); }

namespace {

// start + i · step in float64, then converted.
Tensor ramp(std::int64_t count, double start, double step, DType dtype) {
  Tensor out({count}, float64);
  double* const data = out.mutable_data<double>();
  for (std::int64_t i = 0; i < count; ++i) data[i] = start + static_cast<double>(i) * step;
  return out.to(dtype);
}

}  // namespace

Tensor arange(double start, double stop, double step, DType dtype) {
  if (step == 0.0 || !std::isfinite(start) || !std::isfinite(stop) || !std::isfinite(step)) {
    throw DataError(
        "arange: needs finite bounds and a step other than 0, got {}, {}, {}; the arguments are (start, "
        "stop, step)",
        start, stop, step);
  }
  const double count = std::max(std::ceil((stop - start) / step), 0.0);
  if (count > 0x1p53)
    throw ShapeError("arange: {} to {} by {} has too many elements; take a larger step", start, stop, step);
  return ramp(static_cast<std::int64_t>(count), start, step, dtype);
}

Tensor linspace(double start, double stop, std::int64_t count, DType dtype) {
  if (count < 0)
    throw DataError(
        "linspace: the count must not be negative, got {}; the arguments are (start, stop, count)", count);
  Tensor out = ramp(count, start, count > 1 ? (stop - start) / static_cast<double>(count - 1) : 0.0, float64);
  if (count > 1) out.mutable_data<double>()[count - 1] = stop;  // to the last bit
  return out.to(dtype);
}

Tensor eye(std::int64_t n, DType dtype) {
  Tensor out = zeros({n, n}, dtype);
  Tensor diagonal = out.view({n}, {n + 1});
  diagonal.fill(1.0);
  return out;
}

// The shape as the first list at each depth gives it.
Shape NestedList::shape() const {
  if (!is_list_) return {};
  const Shape inner = parts_.empty() ? Shape{} : parts_.front().shape();
  return inner.insert(0, static_cast<std::int64_t>(parts_.size()));
}

void NestedList::append_to(std::vector<double>& out, const Shape& expected, int depth) const {
  const bool leaf = depth == expected.rank();
  if (is_list_ == leaf || (!leaf && static_cast<std::int64_t>(parts_.size()) != expected[depth])) {
    throw ShapeError(
        "tensor: the first lists give shape {}, but a list at depth {} does not follow it; lists beside each "
        "other must be equally long",
        expected, depth);
  }
  if (leaf) return out.push_back(number_);
  for (const NestedList& part : parts_) part.append_to(out, expected, depth + 1);
}

Tensor tensor(const NestedList& values, DType dtype) {
  const Shape shape = values.shape();
  std::vector<double> numbers;
  values.append_to(numbers, shape, 0);
  return from_span(std::span<const double>(numbers), shape).to(dtype);
}

template <class T>
Tensor from_span(std::span<const T> values, const Shape& shape) {
  if (static_cast<std::int64_t>(values.size()) != shape.size()) {
    throw ShapeError(
        "from_span: shape {} needs {} values, got {}; the product of the extents must be the number of "
        "values",
        shape, shape.size(), values.size());
  }
  Tensor out(shape, dtype_of<T>);
  std::copy(values.begin(), values.end(), out.mutable_data<T>());
  return out;
}
template Tensor from_span(std::span<const float>, const Shape&);
template Tensor from_span(std::span<const double>, const Shape&);
template Tensor from_span(std::span<const std::int64_t>, const Shape&);
template Tensor from_span(std::span<const std::uint8_t>, const Shape&);

}  // namespace hourglass
