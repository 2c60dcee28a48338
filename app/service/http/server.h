#pragma once

#include <hourglass/app/service/http/connection.h>

#include <httplib.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace hourglass::service::http {

struct ServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;      // 0: any that is free
  int workers = 32;  // requests that are answered at once
  FramingLimits limits{};
  std::size_t connections = 4096;        // more, and the one that has been idle longest is closed
  std::size_t held_bytes = 256U << 20U;  // of requests and answers of all connections
  std::string certificate{}, key{};      // PEM files; both or none
};

/// What is behind the server. Both are called by several threads at once.
struct Application {
  /// Fills in the answer to a request, which is there whole.
  std::function<void(const httplib::Request&, httplib::Response&)> answer;
  /// The body of the answer to what is no request that can be served; JSON.
  std::function<std::string(int status, const std::string& why, const std::string& peer)> refuse;
};

/// An HTTP/1.1 server. One thread waits for all connections (epoll) and reads them; a request takes one of
/// the workers when it is there whole, and an answer that the client is slow to take waits without one. So
/// clients that are idle or slow cost a few kilobytes each and keep nobody waiting. httplib reads the
/// request's head and writes the answer.
class Server : private httplib::Server {
 public:
  /// Binds. Throws FileError for a certificate or key that cannot be used, DataError for a host or port that
  /// cannot be listened on.
  Server(ServerOptions options, Application application);
  ~Server() override;

  [[nodiscard]] int port() const { return port_; }
  /// Serves until stop(), and then until what has begun is answered, 15 seconds at most.
  void run();
  /// May be called in a signal handler.
  void stop() noexcept;
  [[nodiscard]] bool is_stopping() const { return stopping_; }
  [[nodiscard]] std::size_t connections() const;

 private:
  using Id = std::uint64_t;
  void accept_all();
  bool make_room();
  void begin_stopping();
  void sweep();
  void on_event(Id id);
  void work();
  void answer(Connection& c);
  void pump(Id id, Connection& c);
  bool flush(Id id, Connection& c);
  void refuse(Connection& c, int status, const std::string& why);
  void count_bytes(Connection& c);
  void arm(Id id, Connection& c, std::uint32_t events);
  void enqueue(Id id);
  void drop(Id id);

  ServerOptions options_;
  Application application_;
  ssl_ctx_st* tls_ = nullptr;
  int port_ = 0, epoll_ = -1, wake_ = -1;
  std::atomic<bool> stopping_ = false, stop_asked_ = false;
  std::atomic<std::size_t> held_ = 0;

  mutable std::mutex mutex_;  // of the table, and of each connection's phase and deadline
  std::unordered_map<Id, std::unique_ptr<Connection>> table_;
  Id next_id_ = 2;

  std::mutex queue_mutex_;
  std::condition_variable queue_filled_;
  std::deque<Id> queue_;
  bool workers_end_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace hourglass::service::http
