#pragma once

#include <hourglass/tensor/base/function.h>
#include <hourglass/tensor/base/options.h>

/// Options as JSON, an object with a member for each field. Numbers come back bit for bit; infinities and nan
/// are the texts "inf", "-inf" and "nan".
namespace hourglass {

namespace internal {
using WalkFields = FunctionRef<void(OptionsVisitor&)>;
[[nodiscard]] std::string write_json(WalkFields walk);
void read_json(std::string_view text, std::string_view source, WalkFields walk);
}  // namespace internal

/// {"units":64,"activation":"relu"}
template <class Options>
[[nodiscard]] std::string to_json(Options options) {
  return internal::write_json([&](OptionsVisitor& v) { visit(options, v); });
}

/// The options that a text describes; fields that it does not mention have their defaults. Throws DataError
/// for what is not JSON, unknown fields, and values of another type or out of range; `source` begins its
/// text.
template <class Options>
[[nodiscard]] Options options_from_json(std::string_view text, std::string_view source) {
  Options options{};
  internal::read_json(text, source, [&](OptionsVisitor& v) { visit(options, v); });
  return options;
}

}  // namespace hourglass
