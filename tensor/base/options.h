#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace hourglass {

/// Walks over the fields of an options struct by name. A struct lists them once, in a function beside it:
///
///     template <class V>
///     void visit(DenseOptions& o, V&& v) { v("activation", o.activation), v("bias", o.bias); }
///
/// and from that list come the description in a model file, a command line's flags and a search's axes. A
/// field is a bool, a number, text, an enum with enum_names(), a type with to_text() and from_text(), a
/// struct with visit(), or an optional or vector of these.
class OptionsVisitor {
 public:
  OptionsVisitor() = default;
  virtual ~OptionsVisitor() = default;
  OptionsVisitor(const OptionsVisitor&) = delete;
  OptionsVisitor& operator=(const OptionsVisitor&) = delete;

  template <class T>
  void operator()(std::string_view name, T& field);

  // What each kind of field comes down to. One that reads changes the value and throws DataError for one that
  // it cannot be; one that writes leaves it.
  virtual void on_bool(std::string_view name, bool& value) = 0;
  virtual void on_integer(std::string_view name, std::int64_t& value) = 0;
  virtual void on_number(std::string_view name, double& value) = 0;
  /// `choices` are the values that it may have; empty for any.
  virtual void on_text(std::string_view name, std::string& value, std::span<const char* const> choices) = 0;
  /// Before an optional field; returns whether it shall have a value, which is visited next.
  virtual bool on_optional(std::string_view name, bool has_value) = 0;
  /// Before and after the elements of a list, named "0", "1", …; begin returns how many it shall have.
  virtual std::size_t begin_list(std::string_view name, std::size_t size) = 0;
  virtual void end_list() = 0;
  virtual void begin_struct(std::string_view name) = 0;
  virtual void end_struct() = 0;
};

namespace internal {
template <class T>
concept NamedEnum = std::is_enum_v<T> && requires(T x) {
  enum_names(x).size();
};
/// to_text(x), and from_text(text, x), which throws DataError for a text that names none.
template <class T>
concept TextOption = requires(const T& x, T& to, std::string_view text) {
  { to_text(x) } -> std::convertible_to<std::string>;
  from_text(text, to);
};
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

/// Throw DataError.
[[noreturn]] void refuse_integer(std::string_view name, std::int64_t value, std::int64_t least,
                                 std::int64_t most);
[[noreturn]] void refuse_choice(std::string_view name, std::string_view value,
                                std::span<const char* const> choices);
}  // namespace internal

template <class T>
void OptionsVisitor::operator()(std::string_view name, T& field) {
  if constexpr (std::same_as<T, bool>) {
    on_bool(name, field);
  } else if constexpr (std::same_as<T, std::int64_t>) {
    on_integer(name, field);
  } else if constexpr (std::integral<T>) {
    using Limits = std::numeric_limits<T>;
    auto wide = static_cast<std::int64_t>(field);
    on_integer(name, wide);
    if (!std::in_range<T>(wide))
      internal::refuse_integer(name, wide, static_cast<std::int64_t>(Limits::min()),
                               static_cast<std::int64_t>(Limits::max()));
    field = static_cast<T>(wide);
  } else if constexpr (std::same_as<T, double>) {
    on_number(name, field);
  } else if constexpr (std::same_as<T, std::string>) {
    on_text(name, field, {});
  } else if constexpr (internal::NamedEnum<T>) {
    static constexpr auto kNames = enum_names(T{});
    std::string text = kNames[static_cast<std::size_t>(field)];
    on_text(name, text, kNames);
    std::size_t i = 0;
    while (i < kNames.size() && text != kNames[i]) ++i;
    if (i == kNames.size()) internal::refuse_choice(name, text, kNames);
    field = static_cast<T>(i);
  } else if constexpr (internal::TextOption<T>) {
    const std::string before = to_text(field);
    std::string text = before;
    on_text(name, text, {});
    if (text != before) from_text(text, field);
  } else if constexpr (internal::kIsOptional<T>) {
    if (!on_optional(name, field.has_value())) {
      field.reset();
      return;
    }
    if (!field) field.emplace();
    (*this)(name, *field);
  } else if constexpr (internal::kIsVector<T>) {
    field.resize(begin_list(name, field.size()));
    for (std::size_t i = 0; i < field.size(); ++i) (*this)(std::to_string(i), field[i]);
    end_list();
  } else {
    begin_struct(name);
    visit(field, *this);
    end_struct();
  }
}

}  // namespace hourglass
