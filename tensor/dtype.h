#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace hourglass {

/// The type of a tensor's elements, known at run time.
///
/// float32 for training, float64 for gradient checks and science, int64 for labels and indices, uint8 for
/// images as stored and for the 0/1 results of comparisons.
enum class DType : std::uint8_t { float32, float64, int64, uint8 };
using enum DType;

/// "float32", "float64", "int64" or "uint8".
[[nodiscard]] std::string_view name(DType dtype);

/// The same for options.
constexpr auto enum_names(DType /*of*/) {
  return std::to_array<const char*>({"float32", "float64", "int64", "uint8"});
}

/// Bytes per element.
[[nodiscard]] constexpr std::int64_t item_size(DType dtype) {
  return dtype == float32 ? 4 : dtype == uint8 ? 1 : 8;
}

[[nodiscard]] constexpr bool is_floating(DType dtype) { return dtype == float32 || dtype == float64; }

template <class T>
inline constexpr DType dtype_of = T::not_an_element_type;
template <>
inline constexpr DType dtype_of<float> = float32;
template <>
inline constexpr DType dtype_of<double> = float64;
template <>
inline constexpr DType dtype_of<std::int64_t> = int64;
template <>
inline constexpr DType dtype_of<std::uint8_t> = uint8;

/// Calls f with the C++ type that dtype stands for:  visit(x.dtype(), [&]<class T>() { … x.data<T>() … }).
template <class F>
decltype(auto) visit(DType dtype, F&& f) {
  switch (dtype) {
    case float64:
      return std::forward<F>(f).template operator()<double>();
    case int64:
      return std::forward<F>(f).template operator()<std::int64_t>();
    case uint8:
      return std::forward<F>(f).template operator()<std::uint8_t>();
    case float32:
      break;
  }
  return std::forward<F>(f).template operator()<float>();
}

/// Throws DTypeError, with what to try, unless dtype is float32 or float64.
void expect_floating(const char* op, DType dtype);

/// As visit, for float32 and float64 alone; throws DTypeError for the others.
template <class F>
decltype(auto) visit_floating(const char* op, DType dtype, F&& f) {
  expect_floating(op, dtype);
  if (dtype == float64) return std::forward<F>(f).template operator()<double>();
  return std::forward<F>(f).template operator()<float>();
}

}  // namespace hourglass
