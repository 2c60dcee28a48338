#pragma once

#include <hourglass/tensor/base/function.h>
#include <hourglass/tensor/base/options.h>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Options by their names, from a command line, a search or a text.
namespace hourglass {

/// true, 5, 0.1 or "relu"; a value of an enum is its name.
class OptionValue {
 public:
  template <std::same_as<bool> T>
  OptionValue(T value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  template <std::integral T>
  requires(!std::same_as<T, bool>) OptionValue(T value)  // NOLINT(google-explicit-constructor)
      : value_(static_cast<std::int64_t>(value)) {}
  OptionValue(double value) : value_(value) {}                  // NOLINT(google-explicit-constructor)
  OptionValue(const char* text) : value_(std::string(text)) {}  // NOLINT(google-explicit-constructor)
  OptionValue(std::string text) : value_(std::move(text)) {}    // NOLINT(google-explicit-constructor)
  template <internal::NamedEnum T>
  OptionValue(T value)  // NOLINT(google-explicit-constructor)
      : value_(std::string(enum_names(value)[static_cast<std::size_t>(value)])) {}

  using Value = std::variant<bool, std::int64_t, double, std::string>;
  [[nodiscard]] const Value& get() const { return value_; }
  /// true, 5, 0.1 or "relu", as in an error's text.
  [[nodiscard]] std::string str() const;

 private:
  Value value_;
};

/// {"beta_1", 0.95}. A field of a struct inside is "range.least", one of the second element of a list
/// "learning_rate_multipliers.1.prefix"; a struct with a field `value` may be given by it alone.
struct NamedOption {
  std::string name;
  OptionValue value;
};
using OptionValues = std::vector<NamedOption>;

/// Whether two names are the same but for case, '_' and '-': "RMSprop" and "rms_prop".
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

namespace internal {
void set_options(const OptionValues& values, std::string_view whose, FunctionRef<void(OptionsVisitor&)> walk);
}

/// Gives the fields of an options struct the values that are named; the others stay. The text "none" empties
/// an optional. `whose` begins the errors: DataError for a name that there is not, which lists those that
/// there are, for one that is given twice, and for a value of another type or out of range.
///     AdamOptions options;
///     set_options(options, {{"learning_rate", 0.01}, {"amsgrad", true}}, "Adam");
template <class Options>
void set_options(Options& options, const OptionValues& values, std::string_view whose) {
  internal::set_options(values, whose, [&](OptionsVisitor& v) { visit(options, v); });
}

}  // namespace hourglass
