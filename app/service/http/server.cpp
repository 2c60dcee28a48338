#include <hourglass/app/service/http/server.h>
#include <hourglass/app/service/http/tls.h>
#include <hourglass/tensor/base/error.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace hourglass::service::http {

namespace {

using namespace std::chrono_literals;

using Phase = Connection::Phase;
using std::chrono::milliseconds;

constexpr milliseconds kIdle = 60s;            // between two requests
constexpr milliseconds kReceiving = 15s;       // a request, from its first byte to its last
constexpr milliseconds kSending = 30s;         // an answer
constexpr milliseconds kLingering = 1s;        // after the last answer, for a client that is still sending
constexpr milliseconds kStopping = 15s;        // all that has begun
constexpr milliseconds kLastRequests = 200ms;  // that were on their way when the end began
constexpr auto kSweep = 100;                   // milliseconds

// Ids of the epoll set that are no connections.
constexpr std::uint64_t kListener = 0, kWake = 1;

// A request's head for httplib to read, and its answer.
class HeadStream final : public httplib::Stream {
 public:
  explicit HeadStream(Connection& c) : connection_(c), left_(c.framing().head()) {}
  [[nodiscard]] bool is_readable() const override { return !left_.empty(); }
  [[nodiscard]] bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    const std::size_t n = left_.copy(to, size);
    left_.remove_prefix(n);
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* from, std::size_t size) override {
    connection_.send({from, size});
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip = connection_.peer(), port = 0;
  }
  void get_local_ip_and_port(std::string& /*ip*/, int& port) const override { port = 0; }
  [[nodiscard]] socket_t socket() const override { return connection_.socket(); }

 private:
  Connection& connection_;
  std::string_view left_;
};

// As many descriptors as the system lets a process have.
std::size_t most_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace

Server::Server(ServerOptions options, Application application)
    : options_(std::move(options)), application_(std::move(application)) {
  constexpr std::size_t kOthers = 64;  // descriptors for files, and to say no
  const std::size_t descriptors = most_descriptors();
  options_.connections =
      std::clamp(options_.connections, std::size_t{16}, std::max(descriptors, kOthers + 16) - kOthers);
  if (!options_.certificate.empty()) tls_ = make_tls(options_.certificate, options_.key);
  set_socket_options([](socket_t s) {
    const int on = 1;
    ::setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on,
                 sizeof on);  // and not SO_REUSEPORT: two services share no port
  });
  set_keep_alive_max_count(1'000'000);
  set_keep_alive_timeout(kIdle.count() / 1000);
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    application_.answer(request, response);
    return HandlerResponse::Handled;
  });
  set_error_handler(HandlerWithResponse([this](const httplib::Request& request, httplib::Response& response) {
    if (response.body.empty())  // what httplib itself refuses: 400, 414
      response.set_content(
          application_.refuse(response.status, "the request line or a header cannot be read; see RFC 9112",
                              request.remote_addr),
          "application/json");
    return HandlerResponse::Handled;
  }));
  if (options_.port == 0) {
    port_ = bind_to_any_port(options_.host);
  } else {
    port_ = bind_to_port(options_.host, options_.port) ? options_.port : -1;
  }
  if (port_ <= 0) {
    if (tls_) free_tls(tls_);
    throw DataError(
        "serve: {} port {} cannot be listened on ({}); is it in use? --port 0 takes any that is free",
        options_.host, options_.port, std::strerror(errno));
  }
  ::listen(svr_sock_, 1024);
  ::fcntl(svr_sock_, F_SETFL, ::fcntl(svr_sock_, F_GETFL) | O_NONBLOCK);
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

Server::~Server() {
  if (svr_sock_ != INVALID_SOCKET) ::close(svr_sock_);
  table_.clear();
  if (tls_) free_tls(tls_);
  ::close(epoll_);
  ::close(wake_);
}

void Server::stop() noexcept {
  stop_asked_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

std::size_t Server::connections() const {
  const std::lock_guard lock(mutex_);
  return table_.size();
}

void Server::run() {
  const auto watch = [&](int descriptor, Id id) {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = id}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
  };
  watch(svr_sock_, kListener), watch(wake_, kWake);
  for (int i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { work(); });
  Clock::time_point end = Clock::time_point::max(), swept{};
  std::array<epoll_event, 256> events{};
  while (Clock::now() < end && (!stopping_ || connections() > 0)) {
    const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), kSweep);
    for (int i = 0; i < n; ++i) {
      const Id id = events[static_cast<std::size_t>(i)].data.u64;
      if (id == kListener) {
        accept_all();
      } else if (id != kWake) {
        on_event(id);
      }
    }
    if (stop_asked_ && !stopping_) begin_stopping(), end = Clock::now() + kStopping;
    if (Clock::now() - swept > milliseconds(kSweep)) sweep(), swept = Clock::now();
  }
  {
    const std::lock_guard lock(queue_mutex_);
    workers_end_ = true;
  }
  queue_filled_.notify_all();
  for (std::thread& w : workers_) w.join();
  workers_.clear();
}

void Server::begin_stopping() {
  ::close(svr_sock_.exchange(INVALID_SOCKET));
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(wake_, &count, sizeof count);
  stopping_ = true;
  const std::lock_guard lock(mutex_);
  for (auto& [id, c] : table_) {
    if (c->phase == Phase::idle) c->deadline = Clock::now() + kLastRequests;
  }
}

void Server::accept_all() {
  constexpr int kAtOnce = 64;
  for (int i = 0; i < kAtOnce; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* const whose = reinterpret_cast<sockaddr*>(&address);
    const int s = ::accept4(svr_sock_, whose, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (s < 0) {
      if ((errno == EMFILE || errno == ENFILE) && !make_room()) std::this_thread::sleep_for(10ms);
      return;
    }
    const int on = 1;
    ::setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::array<char, NI_MAXHOST> host{};
    ::getnameinfo(whose, size, host.data(), host.size(), nullptr, 0, NI_NUMERICHOST);
    auto connection = std::make_unique<Connection>(s, tls_, host.data(), options_.limits);
    Connection& c = *connection;
    const bool room = connections() < options_.connections || make_room();
    Id id = 0;
    {
      const std::lock_guard lock(mutex_);
      id = next_id_++;
      c.deadline = Clock::now() + kIdle;
      table_[id] = std::move(connection);
    }
    epoll_event event{.events = 0, .data = {.u64 = id}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, s, &event);
    if (!room) refuse(c, 503, "there are too many connections; try again in a second");
    pump(id, c);
  }
}

// Closes the connection that has been idle longest. False if none is.
bool Server::make_room() {
  const std::lock_guard lock(mutex_);
  auto oldest = table_.end();
  for (auto i = table_.begin(); i != table_.end(); ++i) {
    if (i->second->phase != Phase::idle) continue;
    if (oldest == table_.end() || i->second->deadline < oldest->second->deadline) oldest = i;
  }
  if (oldest == table_.end()) return false;
  table_.erase(oldest);
  return true;
}

void Server::sweep() {
  std::vector<std::pair<Id, Connection*>> late;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, c] : table_) {
      if (c->phase != Phase::answering && Clock::now() > c->deadline) late.emplace_back(id, c.get());
    }
  }
  for (const auto& [id, c] : late) {  // none of them is a worker's, and none becomes one meanwhile
    if (c->phase == Phase::receiving) {
      refuse(*c, 408, "the request did not come to its end within 15 seconds; send it faster");
      pump(id, *c);
    } else {
      drop(id);
    }
  }
}

void Server::on_event(Id id) {
  Connection* c = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = table_.find(id);
    if (found == table_.end() || found->second->phase == Phase::answering) return;
    c = found->second.get();
  }
  pump(id, *c);
}

void Server::work() {
  for (;;) {
    Id id = 0;
    {
      std::unique_lock lock(queue_mutex_);
      queue_filled_.wait(lock, [&] { return !queue_.empty() || workers_end_; });
      if (queue_.empty()) return;
      id = queue_.front();
      queue_.pop_front();
    }
    Connection* c = nullptr;
    {
      const std::lock_guard lock(mutex_);
      c = table_.at(id).get();
    }
    answer(*c);
    pump(id, *c);
  }
}

void Server::answer(Connection& c) {
  HeadStream stream(c);
  bool closed = stopping_, parsed = false;
  const bool written = process_request(stream, closed, closed, [&](httplib::Request& r) {
    r.body = std::move(c.framing().body());
    parsed = true;
  });
  c.close_after = closed || !written || !parsed;
}

void Server::refuse(Connection& c, int status, const std::string& why) {
  const std::string body = application_.refuse(status, why, c.peer());
  c.send(
      fmt::format("HTTP/1.1 {} Refused\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
                  "Connection: close\r\n\r\n{}",
                  status, body.size(), body));
  c.close_after = true;
}

// Sends, and after the last byte of an answer begins anew. False if the connection is to be left alone.
bool Server::flush(Id id, Connection& c) {
  const Connection::Progress p = c.write();
  if (p == Connection::Progress::closed) return drop(id), false;
  if (p == Connection::Progress::wants_output) return arm(id, c, EPOLLOUT), false;
  if (c.close_after) {
    if (!c.is_shut_down()) c.shut_down();
  } else if (c.framing().state() == Framing::State::whole) {
    c.next();
  }
  return true;
}

// Does all that can be done without waiting, then leaves the connection to the loop or to the workers.
void Server::pump(Id id, Connection& c) {
  using Progress = Connection::Progress;
  for (;;) {
    if ((c.has_output() || c.close_after) && !flush(id, c)) return;
    const Progress p = c.read();
    if (p == Progress::closed) return drop(id);
    count_bytes(c);
    if (p == Progress::whole) return enqueue(id);
    constexpr std::size_t kSmall = 1U << 16U;
    if (p == Progress::refused) {
      refuse(c, c.framing().status(), c.framing().why());
    } else if (held_ > options_.held_bytes && c.bytes() > kSmall && !c.close_after) {
      refuse(c, 503, "too much is being sent at once; try again in a second");
    } else {
      return arm(id, c, p == Progress::wants_output ? EPOLLOUT : EPOLLIN);
    }
  }
}

void Server::count_bytes(Connection& c) {
  const std::size_t now = c.bytes();
  held_ += now - c.counted;  // modulo 2^64, so it may fall too
  c.counted = now;
}

void Server::arm(Id id, Connection& c, std::uint32_t events) {
  const std::lock_guard lock(mutex_);
  const Phase phase = c.is_shut_down() ? Phase::lingering
                      : c.has_output() ? Phase::sending
                      : c.has_begun()  ? Phase::receiving
                                       : Phase::idle;
  if (phase != c.phase) {
    c.phase = phase;
    c.deadline = Clock::now() + (phase == Phase::lingering   ? kLingering
                                 : phase == Phase::sending   ? kSending
                                 : phase == Phase::receiving ? kReceiving
                                 : stopping_                 ? kLastRequests
                                                             : kIdle);
  }
  epoll_event event{.events = events | EPOLLONESHOT, .data = {.u64 = id}};
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, c.socket(), &event);
}

void Server::enqueue(Id id) {
  {
    const std::lock_guard lock(mutex_);
    table_.at(id)->phase = Phase::answering;
  }
  {
    const std::lock_guard lock(queue_mutex_);
    queue_.push_back(id);
  }
  queue_filled_.notify_one();
}

void Server::drop(Id id) {
  const std::lock_guard lock(mutex_);
  const auto found = table_.find(id);
  if (found == table_.end()) return;
  held_ -= found->second->counted;
  table_.erase(found);
}

}  // namespace hourglass::service::http
