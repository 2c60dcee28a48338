#include <hourglass/app/service/error.h>
#include <hourglass/app/service/multipart.h>

namespace hourglass::service {

namespace {

[[noreturn]] void refuse() {
  throw Refusal(400, "the body is not a form of parts between boundaries; curl -F image=@FILE sends one");
}

std::string_view boundary_of(std::string_view type) {
  constexpr std::string_view kName = "boundary=";
  constexpr std::size_t kLongest = 70;  // RFC 2046
  const std::size_t at = type.find(kName);
  if (at == std::string_view::npos) refuse();
  std::string_view out = type.substr(at + kName.size());
  if (!out.empty() && out.front() == '"') {
    out.remove_prefix(1);
    out = out.substr(0, out.find('"'));
  } else {
    out = out.substr(0, out.find_first_of("; \t"));
  }
  if (out.empty() || out.size() > kLongest) refuse();
  return out;
}

}  // namespace

// --boundary CRLF headers CRLF CRLF content CRLF --boundary … --boundary--
std::vector<std::string_view> parts_of_form(std::string_view body, std::string_view content_type) {
  constexpr std::size_t kMost = 1024;
  const std::string first = std::string("--").append(boundary_of(content_type)), next = "\r\n" + first;
  if (!body.starts_with(first)) refuse();
  body.remove_prefix(first.size());
  std::vector<std::string_view> out;
  while (!body.starts_with("--")) {
    const std::size_t headers = body.find("\r\n\r\n");
    if (!body.starts_with("\r\n") || headers == std::string_view::npos || out.size() == kMost) refuse();
    body.remove_prefix(headers + 4);
    const std::size_t end = body.find(next);
    if (end == std::string_view::npos) refuse();
    out.push_back(body.substr(0, end));
    body.remove_prefix(end + next.size());
  }
  if (out.empty()) refuse();
  return out;
}

}  // namespace hourglass::service
