#include <hourglass/app/service/http/framing.h>

#include <algorithm>
#include <charconv>

namespace hourglass::service::http {

namespace {

bool is_token(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != std::string_view::npos;
}

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool read_number(std::string_view text, int base, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// Control characters have no place in a head: they are how headers are smuggled and logs forged.
bool has_control(std::string_view line) {
  return std::any_of(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f';
  });
}

}  // namespace

Framing::State Framing::refuse(int status, const char* why) {
  status_ = status, why_ = why;
  return state_ = State::refused;
}

bool Framing::take_expects_continue() {
  const bool out = expects_continue_ && state_ == State::body && body_.empty();
  expects_continue_ = false;
  return out;
}

Framing::State Framing::take(std::string& bytes) {
  if (state_ == State::head) take_head(bytes);
  if (state_ == State::body) return is_chunked_ ? take_chunks(bytes) : take_body(bytes);
  return state_;
}

Framing::State Framing::take_head(std::string& bytes) {
  if (looked_at_ == 0) bytes.erase(0, std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  const std::size_t end = bytes.find("\r\n\r\n", looked_at_ > 3 ? looked_at_ - 3 : 0);
  if (end == std::string::npos) {
    looked_at_ = bytes.size();
    if (bytes.size() > limits_.head + 3)
      return refuse(431, "the headers are longer than 8192 bytes; send fewer");
    return state_;
  }
  if (end > limits_.head) return refuse(431, "the headers are longer than 8192 bytes; send fewer");
  std::size_t begin = bytes.find("\r\n");
  const std::string_view all(bytes.data(), end + 2);
  if (has_control(all.substr(0, begin)))
    return refuse(400, "the request line holds control characters; write them as %XX");
  head_.assign(all.substr(0, begin + 2));
  for (begin += 2; begin < all.size();) {
    const std::size_t stop = all.find("\r\n", begin);
    if (!take_header(all.substr(begin, stop - begin))) return state_;
    begin = stop + 2;
  }
  head_ += "\r\n";
  bytes.erase(0, end + 4);
  if (is_chunked_ && has_length_)
    return refuse(400, "both Content-Length and Transfer-Encoding are given; send one of them");
  if (!is_chunked_ && length_ > limits_.body)
    return refuse(413, "the body is larger than --max-body; send less");
  return state_ = State::body;
}

// False if it was refused.
bool Framing::take_header(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || name.empty() || !std::all_of(name.begin(), name.end(), is_token) ||
      has_control(line)) {
    refuse(400, "a header is not of the form \"Name: value\"; see RFC 9112");
    return false;
  }
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_word(name, "expect")) {
    expects_continue_ = same_word(value, "100-continue");
    return true;
  }
  if (same_word(name, "range")) return true;
  if (same_word(name, "content-length")) {
    const bool again = has_length_;
    has_length_ = true;
    if (again || value.size() > 18 || !read_number(value, 10, length_)) {
      refuse(400, "Content-Length is not one number; send it once");
      return false;
    }
  } else if (same_word(name, "transfer-encoding")) {
    if (is_chunked_ || !same_word(value, "chunked")) {
      refuse(400, "Transfer-Encoding is not \"chunked\"; send the body as it is");
      return false;
    }
    is_chunked_ = true;
    return true;  // what follows is no longer in chunks when httplib sees it
  }
  head_.append(line).append("\r\n");
  return true;
}

Framing::State Framing::take_body(std::string& bytes) {
  const auto wanted = static_cast<std::size_t>(length_) - body_.size();
  if (body_.empty() && bytes.size() == wanted) {
    body_.swap(bytes);
  } else {
    const std::size_t n = std::min(wanted, bytes.size());
    body_.append(bytes, 0, n);
    bytes.erase(0, n);
  }
  if (body_.size() == length_) state_ = State::whole;
  return state_;
}

// chunk = size in hexadecimal [; extension] CRLF data CRLF; the last has size 0 and is followed by trailers.
Framing::State Framing::take_chunks(std::string& bytes) {
  constexpr std::size_t kLongestLine = 256;
  std::size_t at = 0;
  const auto keep_rest = [&] {
    bytes.erase(0, at);
    return state_;
  };
  for (;;) {
    if (chunk_ == Chunk::data) {
      const std::size_t n = std::min(static_cast<std::size_t>(length_), bytes.size() - at);
      body_.append(bytes, at, n);
      at += n, length_ -= n;
      if (length_ > 0) return keep_rest();
      chunk_ = Chunk::end;
    }
    const std::size_t stop = bytes.find("\r\n", at);
    if (stop == std::string::npos) {
      if (bytes.size() - at > kLongestLine + 1)
        return refuse(400, "a chunk of the body has no length; see RFC 9112");
      return keep_rest();
    }
    if (stop - at > kLongestLine) return refuse(400, "a chunk of the body has no length; see RFC 9112");
    const std::string_view line(bytes.data() + at, stop - at);
    at = stop + 2;
    if (chunk_ == Chunk::end) {
      if (!line.empty()) return refuse(400, "a chunk of the body is longer than it says; see RFC 9112");
      chunk_ = Chunk::size;
    } else if (chunk_ == Chunk::size) {
      const std::string_view digits = trimmed(line.substr(0, line.find(';')));
      if (digits.size() > 15 || !read_number(digits, 16, length_))
        return refuse(400, "a chunk of the body has no length; see RFC 9112");
      if (length_ > limits_.body - body_.size())
        return refuse(413, "the body is larger than --max-body; send less");
      chunk_ = length_ == 0 ? Chunk::trailer : Chunk::data;
    } else {
      trailer_bytes_ += line.size() + 2;
      if (trailer_bytes_ > limits_.head)
        return refuse(431, "the trailers are longer than 8192 bytes; send fewer");
      if (!line.empty()) continue;
      state_ = State::whole;
      return keep_rest();
    }
  }
}

}  // namespace hourglass::service::http
