#include <hourglass/nn/initializer.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/views.h>

#include <cmath>

namespace hourglass::nn {

namespace {

double fan(Initializer::Fan kind, const Shape& shape) {
  if (shape.rank() < 2)
    throw ShapeError(
        "initializer: fans need a kernel with two axes or more, got shape {}; zeros_initializer, "
        "random_normal and their like take any shape",
        shape);
  const std::int64_t in = shape.size() / std::max<std::int64_t>(shape[-1], 1);
  const std::int64_t out = shape.size() / std::max<std::int64_t>(shape[-2], 1);
  const double value =
      kind == Initializer::Fan::in ? static_cast<double>(in) : 0.5 * static_cast<double>(in + out);
  return std::max(value, 1.0);
}

// Gram-Schmidt on the rows, in float64, each row twice, which is enough (Giraud et al. 2005).
Tensor orthonormal_rows(std::int64_t rows, std::int64_t columns) {
  Tensor q = normal({rows, columns}, 0.0, 1.0, default_generator(), float64);
  double* const data = q.mutable_data<double>();
  for (std::int64_t i = 0; i < rows; ++i) {
    double* const row = data + i * columns;
    for (std::int64_t j = 0; j < 2 * i; ++j) {
      const double* const other = data + j % i * columns;
      double dot = 0;
      for (std::int64_t c = 0; c < columns; ++c) dot += row[c] * other[c];
      for (std::int64_t c = 0; c < columns; ++c) row[c] -= dot * other[c];
    }
    double length = 0;
    for (std::int64_t c = 0; c < columns; ++c) length += row[c] * row[c];
    for (std::int64_t c = 0; c < columns; ++c) row[c] /= std::sqrt(length);
  }
  return q;
}

}  // namespace

Tensor Initializer::operator()(const Shape& shape, DType dtype) const {
  const double variance = fan_ == Fan::none ? 0.0 : scale_ / fan(fan_, shape);
  switch (rule_) {
    case Rule::constant:
      break;
    case Rule::uniform: {
      const double limit = fan_ == Fan::none ? scale_ : std::sqrt(3.0 * variance);
      return uniform(shape, -limit, limit, default_generator(), dtype);
    }
    case Rule::normal:
      return normal(shape, 0.0, fan_ == Fan::none ? scale_ : std::sqrt(variance), default_generator(), dtype);
    case Rule::orthogonal: {
      if (shape.rank() < 2)
        throw ShapeError(
            "orthogonal: needs a kernel with two axes or more, got shape {}; zeros_initializer, "
            "random_normal and their like take any shape",
            shape);
      const std::int64_t columns = shape[-1], rows = columns == 0 ? 0 : shape.size() / columns;
      const Tensor q =
          rows <= columns ? orthonormal_rows(rows, columns) : transpose(orthonormal_rows(columns, rows));
      return reshape(q * scale_, shape).to(dtype);
    }
  }
  return full(shape, scale_, dtype);
}

}  // namespace hourglass::nn
