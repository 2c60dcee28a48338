#pragma once

#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/tensor.h>

#include <string>
#include <string_view>

namespace hourglass::nn {

/// A rule for a parameter's first values. The fans of a kernel (k₁, …, in, out) are  fan_in = Πk · in  and
/// fan_out = Πk · out; normal variants are not truncated. Values come from the default generator (set_seed).
class Initializer {
 public:
  enum class Rule : std::uint8_t { constant, uniform, normal, orthogonal };
  enum class Fan : std::uint8_t { none, in, average };

  constexpr Initializer(Rule rule, Fan fan, double scale) : rule_(rule), fan_(fan), scale_(scale) {}

  /// New values for a kernel of this shape. Throws ShapeError if the rule needs two axes or more and it has
  /// fewer.
  [[nodiscard]] Tensor operator()(const Shape& shape, DType dtype = float32) const;

  friend constexpr bool operator==(const Initializer&, const Initializer&) = default;
  /// "glorot_uniform", "constant(0.5)", "random_normal(0.05)"; from_text throws DataError for another text.
  friend std::string to_text(const Initializer& initializer);
  friend void from_text(std::string_view text, Initializer& initializer);

 private:
  Rule rule_;
  Fan fan_;
  double scale_;
};

namespace internal {
/// While one lives on this thread, initialisers give zeros that take no memory and draw no numbers: for
/// modules whose values come from a file.
class Unfilled {
 public:
  Unfilled();
  ~Unfilled();
  Unfilled(const Unfilled&) = delete;
  Unfilled& operator=(const Unfilled&) = delete;
  [[nodiscard]] static bool is_on();

 private:
  bool saved_;
};
}  // namespace internal

/// U(−a, a), a = √(6 / (fan_in + fan_out))   (Glorot & Bengio 2010, eq. 16).
inline constexpr Initializer glorot_uniform{Initializer::Rule::uniform, Initializer::Fan::average, 1.0};
/// N(0, 2 / (fan_in + fan_out)).
inline constexpr Initializer glorot_normal{Initializer::Rule::normal, Initializer::Fan::average, 1.0};
/// U(−a, a), a = √(6 / fan_in)   (He et al. 2015).
inline constexpr Initializer he_uniform{Initializer::Rule::uniform, Initializer::Fan::in, 2.0};
/// N(0, 2 / fan_in).
inline constexpr Initializer he_normal{Initializer::Rule::normal, Initializer::Fan::in, 2.0};
/// U(−a, a), a = √(3 / fan_in)   (LeCun et al. 1998).
inline constexpr Initializer lecun_uniform{Initializer::Rule::uniform, Initializer::Fan::in, 1.0};
/// N(0, 1 / fan_in).
inline constexpr Initializer lecun_normal{Initializer::Rule::normal, Initializer::Fan::in, 1.0};
inline constexpr Initializer zeros_initializer{Initializer::Rule::constant, Initializer::Fan::none, 0.0};
inline constexpr Initializer ones_initializer{Initializer::Rule::constant, Initializer::Fan::none, 1.0};

/// The same value everywhere.
[[nodiscard]] constexpr Initializer constant(double value) {
  return {Initializer::Rule::constant, Initializer::Fan::none, value};
}
/// U(−limit, limit).
[[nodiscard]] constexpr Initializer random_uniform(double limit = 0.05) {
  return {Initializer::Rule::uniform, Initializer::Fan::none, limit};
}
/// N(0, std²).
[[nodiscard]] constexpr Initializer random_normal(double std = 0.05) {
  return {Initializer::Rule::normal, Initializer::Fan::none, std};
}
/// Rows or columns, whichever are fewer, of length `gain` and at right angles (Saxe et al. 2014): the
/// orthogonal factor of a matrix of normals, all axes but the last taken as one.
[[nodiscard]] constexpr Initializer orthogonal(double gain = 1.0) {
  return {Initializer::Rule::orthogonal, Initializer::Fan::none, gain};
}

}  // namespace hourglass::nn
