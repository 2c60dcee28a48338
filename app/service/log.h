#pragma once

#include <nlohmann/json.hpp>

#include <mutex>
#include <string>
#include <string_view>

namespace hourglass::service {

/// Log lines: one JSON object each, on standard error or in a file descriptor. Whatever a client sends stands
/// in them as a JSON text, so nobody can forge a line.
///
///     {"time":"2026-01-02T03:04:05.678Z","level":"info","event":"request","request_id":"5f0c…",…}
class Log {
 public:
  /// -1: no lines.
  explicit Log(int descriptor = 2) : descriptor_(descriptor) {}
  using Fields = nlohmann::ordered_json;
  void info(std::string_view event, const Fields& fields = Fields::object()) { line("info", event, fields); }
  void error(std::string_view event, const Fields& fields = Fields::object()) {
    line("error", event, fields);
  }

 private:
  void line(std::string_view level, std::string_view event, const Fields& fields);
  int descriptor_;
  std::mutex mutex_;
};

/// The id of a request: the client's, if it is 1 to 64 letters, digits, dots, dashes and underscores; else 16
/// hexadecimal digits of our own.
[[nodiscard]] std::string request_id(const std::string& clients);

}  // namespace hourglass::service
