#include <hourglass/app/service/http/connection.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace hourglass::service::http {

Connection::Connection(int socket, ssl_ctx_st* tls, std::string peer, FramingLimits limits)
    : socket_(socket), peer_(std::move(peer)), limits_(limits), framing_(limits) {
  if (!tls) return;
  ssl_ = SSL_new(tls);
  if (!ssl_) return;
  SSL_set_fd(ssl_, socket_);
  SSL_set_accept_state(ssl_);  // the handshake happens as the first bytes are read
  SSL_set_mode(ssl_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

Connection::~Connection() {
  if (ssl_) {
    SSL_shutdown(ssl_);
    SSL_free(ssl_);
  }
  ::close(socket_);
}

Connection::Progress Connection::wants_now(int result) const {
  const int error = SSL_get_error(ssl_, result);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ) return Progress::wants_input;
  return error == SSL_ERROR_WANT_WRITE ? Progress::wants_output : Progress::closed;
}

Connection::Progress Connection::receive(char* to, std::size_t size, std::size_t& got) {
  got = 0;
  if (ssl_) {
    const int n = SSL_read(ssl_, to, static_cast<int>(size));
    if (n <= 0) return wants_now(n);
    got = static_cast<std::size_t>(n);
    return Progress::whole;
  }
  const ssize_t n = ::recv(socket_, to, size, MSG_DONTWAIT);
  if (n > 0) {
    got = static_cast<std::size_t>(n);
    return Progress::whole;
  }
  const bool later = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  return later ? Progress::wants_input : Progress::closed;
}

Connection::Progress Connection::read() {
  constexpr int kMostReads = 64;  // then others have their turn
  std::array<char, 65536> block;
  for (int i = 0; i < kMostReads; ++i) {
    if (!shut_down_ && !in_.empty()) {
      const Framing::State state = framing_.take(in_);
      if (state == Framing::State::whole) return Progress::whole;
      if (state == Framing::State::refused) return Progress::refused;
    }
    if (framing_.take_expects_continue()) {
      send("HTTP/1.1 100 Continue\r\n\r\n");
      if (const Progress p = write(); p != Progress::wants_input) return p;
    }
    std::size_t got = 0;
    const Progress p = receive(block.data(), block.size(), got);
    if (p != Progress::whole) return p;
    if (!shut_down_) in_.append(block.data(), got);
  }
  return Progress::wants_input;
}

Connection::Progress Connection::write() {
  while (has_output()) {
    const std::size_t left = out_.size() - sent_;
    ssize_t n = 0;
    if (ssl_) {
      constexpr std::size_t kMost = 1U << 20U;
      n = SSL_write(ssl_, out_.data() + sent_, static_cast<int>(left < kMost ? left : kMost));
      if (n <= 0)
        return wants_now(static_cast<int>(n)) == Progress::closed ? Progress::closed : Progress::wants_output;
    } else {
      n = ::send(socket_, out_.data() + sent_, left, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Progress::wants_output
                                                                         : Progress::closed;
    }
    sent_ += static_cast<std::size_t>(n);
  }
  out_.clear(), sent_ = 0;
  return Progress::wants_input;
}

void Connection::next() {
  framing_ = Framing(limits_);
  constexpr std::size_t kKept = 1U << 16U;  // a large body does not stay
  if (in_.capacity() > kKept) in_ = std::string(in_);
  if (out_.empty() && out_.capacity() > kKept) out_ = std::string();
}

void Connection::shut_down() {
  if (ssl_) SSL_shutdown(ssl_);
  ::shutdown(socket_, SHUT_WR);
  shut_down_ = true;
  in_.clear();
}

}  // namespace hourglass::service::http
