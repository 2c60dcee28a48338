#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hourglass::service::http {

/// Where a request ends in the bytes of a connection (RFC 9112): what has to be known before it is given to
/// httplib, so that a request that is not there whole takes no thread.
struct FramingLimits {
  std::size_t head = 8192;        // bytes of the request line and the headers
  std::size_t body = 16U << 20U;  // bytes of the body
};

/// Reads one request from the front of a growing buffer.
class Framing {
 public:
  explicit Framing(FramingLimits limits) : limits_(limits) {}

  enum class State : std::uint8_t {
    head,     // more of the head is needed
    body,     // more of the body is needed
    whole,    // head() and body() are there
    refused,  // status() says why; nothing that follows on this connection means anything
  };
  /// Looks at what has come; takes from the front of `bytes` what belongs to the request.
  State take(std::string& bytes);

  [[nodiscard]] State state() const { return state_; }
  /// Request line and headers with their empty line, without headers that are acted on here (Expect) or that
  /// are not served (Range).
  [[nodiscard]] const std::string& head() const { return head_; }
  [[nodiscard]] std::string& body() { return body_; }
  [[nodiscard]] int status() const { return status_; }  // 400, 413, 431
  [[nodiscard]] const char* why() const { return why_; }
  /// Whether the client waits for "100 Continue" before it sends the body; asked once.
  [[nodiscard]] bool take_expects_continue();
  /// Bytes that are held.
  [[nodiscard]] std::size_t size() const { return head_.size() + body_.size(); }

 private:
  State refuse(int status, const char* why);
  State take_head(std::string& bytes);
  bool take_header(std::string_view line);
  State take_body(std::string& bytes);
  State take_chunks(std::string& bytes);

  FramingLimits limits_;
  State state_ = State::head;
  std::string head_, body_;
  std::size_t looked_at_ = 0;  // bytes of the buffer that hold no end of a head
  std::uint64_t length_ = 0;   // of the body, or of the chunk that is being read
  bool has_length_ = false, is_chunked_ = false, expects_continue_ = false;
  enum class Chunk : std::uint8_t { size, data, end, trailer } chunk_ = Chunk::size;
  std::size_t trailer_bytes_ = 0;
  int status_ = 0;
  const char* why_ = "";
};

}  // namespace hourglass::service::http
