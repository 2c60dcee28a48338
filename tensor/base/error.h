#pragma once

#include <exception>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass {

namespace detail {
/// One argument of an error text, turned into characters without <format> or <iostream> in a public header.
struct Text {
  Text(const char* s) : characters(s) {}                    // NOLINT(google-explicit-constructor)
  Text(std::string s) : characters(std::move(s)) {}         // NOLINT(google-explicit-constructor)
  Text(std::string_view s) : characters(s) {}               // NOLINT(google-explicit-constructor)
  Text(int n) : characters(std::to_string(n)) {}            // NOLINT(google-explicit-constructor)
  Text(long n) : characters(std::to_string(n)) {}           // NOLINT(google-explicit-constructor)
  Text(long long n) : characters(std::to_string(n)) {}      // NOLINT(google-explicit-constructor)
  Text(unsigned long n) : characters(std::to_string(n)) {}  // NOLINT(google-explicit-constructor)
  Text(double x);                                           // NOLINT(google-explicit-constructor)
  template <class T>
  requires requires(const T& t) { std::string(t.str()); }
  Text(const T& t) : characters(t.str()) {}  // NOLINT(google-explicit-constructor)

  std::string characters;
};

/// Replaces each "{}" of the pattern by the next argument.
[[nodiscard]] std::string fill_in(std::string_view pattern, std::initializer_list<Text> arguments);
}  // namespace detail

/// What every function of the library throws.  what() reads
///
///     Dense(784 -> 64) expects 784 features, got an input of shape (32, 28); the last axis must have …
///       in Dense "encoder.0" (784 -> 64)
///       in Autoencoder "model"
///
/// The first line names the operation, the facts, what was expected and, after a semicolon, what to try; the
/// indented lines, added by the modules that the error passes through, lead from the layer outward.
class Error : public std::exception {
 public:
  template <class... Arguments>
  explicit Error(std::string_view pattern, Arguments&&... arguments)
      : message_(detail::fill_in(pattern, {detail::Text(std::forward<Arguments>(arguments))...})) {
    compose();
  }

  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

  /// One module that the error has passed through.
  struct Frame {
    const void* module;   // identifies the object, never read through
    std::string type;     // "Conv2D"
    std::string path;     // "encoder.0", as seen from the outermost module so far
    std::string details;  // "1 -> 8, kernel 3x3"
  };
  [[nodiscard]] const std::vector<Frame>& trail() const noexcept { return trail_; }
  void set_trail(std::vector<Frame> trail);

 private:
  void compose();

  std::string message_, text_;
  std::vector<Frame> trail_;
};

/// Shapes, ranks or sizes that do not fit.
struct ShapeError : Error {
  using Error::Error;
};
/// Element types that do not fit.
struct DTypeError : Error {
  using Error::Error;
};
/// More memory asked for than there is, or than memory::set_limit allows.
struct MemoryError : Error {
  using Error::Error;
};
/// An index or axis out of range.
struct IndexError : Error {
  using Error::Error;
};
/// A misuse of the graph: freed, changed after recording, nothing to differentiate.
struct GradientError : Error {
  using Error::Error;
};
/// Values or options outside their domain, data that are not what they should be.
struct DataError : Error {
  using Error::Error;
};
/// A loss, or a parameter after a step, that has become infinite or nan.
struct NotFiniteError : DataError {
  using DataError::DataError;
};
/// A file that is missing, damaged, or cannot be written.
struct FileError : Error {
  using Error::Error;
};

}  // namespace hourglass
