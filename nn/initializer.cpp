#include <hourglass/nn/initializer.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/views.h>

#include <array>
#include <charconv>
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

thread_local bool leaves_unfilled = false;

struct Known {
  const char* name;
  Initializer initializer;
};
constexpr auto kKnown = std::to_array<Known>({{"glorot_uniform", glorot_uniform},
                                              {"glorot_normal", glorot_normal},
                                              {"he_uniform", he_uniform},
                                              {"he_normal", he_normal},
                                              {"lecun_uniform", lecun_uniform},
                                              {"lecun_normal", lecun_normal},
                                              {"zeros", zeros_initializer},
                                              {"ones", ones_initializer}});
struct KnownWithNumber {
  const char* name;
  Initializer (*make)(double);
};
constexpr auto kKnownWithNumber = std::to_array<KnownWithNumber>({{"constant", constant},
                                                                  {"random_uniform", random_uniform},
                                                                  {"random_normal", random_normal},
                                                                  {"orthogonal", orthogonal}});

}  // namespace

namespace internal {

Unfilled::Unfilled() : saved_(std::exchange(leaves_unfilled, true)) {}
Unfilled::~Unfilled() { leaves_unfilled = saved_; }
bool Unfilled::is_on() { return leaves_unfilled; }

}  // namespace internal

std::string to_text(const Initializer& initializer) {
  for (const Known& known : kKnown) {
    if (known.initializer == initializer) return known.name;
  }
  const std::string scale = detail::Text(initializer.scale_).characters;
  for (const KnownWithNumber& known : kKnownWithNumber) {
    if (known.make(initializer.scale_) == initializer) return std::string(known.name) + "(" + scale + ")";
  }
  return std::string(initializer.fan_ == Initializer::Fan::in ? "fan_in" : "fan_avg") +
         (initializer.rule_ == Initializer::Rule::uniform ? "_uniform(" : "_normal(") + scale + ")";
}

void from_text(std::string_view text, Initializer& initializer) {
  for (const Known& known : kKnown) {
    if (text == known.name) {
      initializer = known.initializer;
      return;
    }
  }
  const std::size_t open = text.find('(');
  double number = 0.0;
  if (open != std::string_view::npos && text.back() == ')') {
    const char* const end = text.data() + text.size() - 1;
    const auto [after, error] = std::from_chars(text.data() + open + 1, end, number);
    const std::string_view name = text.substr(0, open);
    if (error == std::errc() && after == end && std::isfinite(number)) {
      using Rule = Initializer::Rule;
      using Fan = Initializer::Fan;
      for (const KnownWithNumber& known : kKnownWithNumber) {
        if (name == known.name) {
          initializer = known.make(number);
          return;
        }
      }
      const Fan fan = name.starts_with("fan_in_") ? Fan::in : Fan::average;
      const Rule rule = name.ends_with("_uniform") ? Rule::uniform : Rule::normal;
      if (number > 0.0 && (name == "fan_in_uniform" || name == "fan_avg_uniform" || name == "fan_in_normal" ||
                           name == "fan_avg_normal")) {
        initializer = {rule, fan, number};
        return;
      }
    }
  }
  throw DataError(
      "initializer: \"{}\" is none; give glorot_uniform, he_normal, zeros, random_normal(0.05), … "
      "(nn/initializer.h)",
      text);
}

Tensor Initializer::operator()(const Shape& shape, DType dtype) const {
  if (leaves_unfilled) return broadcast_to(zeros({}, dtype), shape);
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
