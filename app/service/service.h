#pragma once

#include <hourglass/app/service/auth.h>
#include <hourglass/app/service/examples.h>
#include <hourglass/app/service/exchange.h>
#include <hourglass/app/service/http/server.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace hourglass::service {

struct ServiceOptions {
  std::string model{};       // the file
  std::string token_file{};  // none: everybody may ask
  std::int64_t most_batch_rows = 256;
  std::size_t most_body_bytes = 16U << 20U;
  int log = 2;  // a file descriptor; -1 for none
  FindExamples examples = usual_examples;
};

/// A model's answers to requests: what stands between the server and the model.
class Service {
 public:
  /// Throws FileError or DataError as ServedModel and Auth do.
  explicit Service(const ServiceOptions& options);

  /// What http::Server calls.
  [[nodiscard]] http::Application application();
  void answer(const httplib::Request& request, httplib::Response& response);
  [[nodiscard]] std::string refuse(int status, const std::string& why, const std::string& peer);

  /// What /readyz and /metrics ask the server; before it runs.
  void count_connections(std::function<std::size_t()> count) { connections_ = std::move(count); }
  void ready_while(std::function<bool()> is_ready) { is_ready_ = std::move(is_ready); }
  [[nodiscard]] Log& log() { return log_; }
  [[nodiscard]] Batcher::Model model() const { return models_.current(); }

 private:
  struct Route;
  [[nodiscard]] static const std::map<std::string, Route, std::less<>>& routes();
  void route(Exchange& e);
  void readiness(Exchange& e);
  void metrics_text(Exchange& e);
  void latent(Exchange& e);
  [[nodiscard]] std::string latent_of(const Batcher::Model& model, Exchange& e);

  Log log_;
  Metrics metrics_;
  Auth auth_;
  Models models_;
  Batcher batcher_;
  FindExamples examples_;
  std::function<bool()> is_ready_ = [] { return true; };
  std::function<std::size_t()> connections_ = [] { return std::size_t{0}; };
  std::mutex latent_mutex_;
  std::string latent_model_, latent_text_;  // of the model that was asked for last
};

}  // namespace hourglass::service
