#include <hourglass/app/service/log.h>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>

namespace hourglass::service {

void Log::line(std::string_view level, std::string_view event, const Fields& fields) {
  if (descriptor_ < 0) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::time_t seconds = milliseconds / 1000;
  std::string text =
      fmt::format("{{\"time\":\"{:%Y-%m-%dT%H:%M:%S}.{:03}Z\",\"level\":\"{}\",\"event\":\"{}\"",
                  fmt::gmtime(seconds), milliseconds % 1000, level, event);
  if (!fields.empty()) {
    const std::string rest = fields.dump(-1, ' ', true, Fields::error_handler_t::replace);
    text.append(",").append(rest, 1);
  } else {
    text.append("}");
  }
  text.append("\n");
  const std::lock_guard lock(mutex_);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(descriptor_, text.data() + done, text.size() - done);
    if (n <= 0) return;  // nobody reads it
    done += static_cast<std::size_t>(n);
  }
}

std::string request_id(const std::string& clients) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.';
  };
  constexpr std::size_t kLongest = 64;
  if (!clients.empty() && clients.size() <= kLongest && std::all_of(clients.begin(), clients.end(), fits))
    return clients;
  // An odd multiplier permutes 2⁶⁴ numbers: no id comes twice while the service runs.
  static const std::uint64_t begin = (std::uint64_t{std::random_device{}()} << 32U) | std::random_device{}();
  static std::atomic<std::uint64_t> count{0};
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;
  return fmt::format("{:016x}", begin + kOdd * ++count);
}

}  // namespace hourglass::service
