#pragma once

#include <hourglass/app/service/http/framing.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

// OpenSSL's, so that its headers stay in connection.cpp.
struct ssl_st;
struct ssl_ctx_st;

namespace hourglass::service::http {

using Clock = std::chrono::steady_clock;

/// A client's connection, with TLS or without. Nothing here waits. One thread at a time works on it.
class Connection {
 public:
  Connection(int socket, ssl_ctx_st* tls, std::string peer, FramingLimits limits);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  enum class Progress : std::uint8_t {
    wants_input,   // come again when there is something to read
    wants_output,  // when there is room to write
    whole,         // a request is there
    refused,       // what came is not a request that will be served: framing().status()
    closed,        // the other side has gone, or broke the rules of TLS
  };
  /// Reads what there is, until a request is whole.
  Progress read();
  /// Sends what is to be sent: wants_output, wants_input where all is sent, closed.
  Progress write();
  void send(std::string_view bytes) { out_.append(bytes); }
  [[nodiscard]] bool has_output() const { return sent_ < out_.size(); }
  /// Ready for the next request, which may already be there: read() says so.
  void next();
  /// Says that nothing more will be sent, and leaves aside what still comes: a client that is busy sending
  /// would otherwise never read the answer.
  void shut_down();
  [[nodiscard]] bool is_shut_down() const { return shut_down_; }

  [[nodiscard]] Framing& framing() { return framing_; }
  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] const std::string& peer() const { return peer_; }
  /// Whether a part of a request has come.
  [[nodiscard]] bool has_begun() const { return !in_.empty() || framing_.size() > 0; }
  [[nodiscard]] std::size_t bytes() const { return in_.size() + framing_.size() + out_.size() - sent_; }

  /// What it is waiting for; each has its own time. Guarded by the server's mutex.
  enum class Phase : std::uint8_t { idle, receiving, answering, sending, lingering } phase = Phase::idle;
  Clock::time_point deadline{};
  // Of whoever works on it:
  bool close_after = false;  // the answer that is being sent
  std::size_t counted = 0;   // of bytes(), by the server

 private:
  Progress receive(char* to, std::size_t size, std::size_t& got);
  Progress wants_now(int result) const;

  int socket_;
  ssl_st* ssl_ = nullptr;
  std::string peer_;
  FramingLimits limits_;
  Framing framing_;
  std::string in_, out_;
  std::size_t sent_ = 0;
  bool shut_down_ = false;
};

}  // namespace hourglass::service::http
