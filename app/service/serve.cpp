#include <hourglass/app/service/serve.h>
#include <hourglass/tensor/base/error.h>

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstdio>

namespace hourglass::service {

namespace {

std::atomic<http::Server*> g_server{nullptr};

extern "C" void hourglass_service_ends(int /*signal*/) {
  if (http::Server* const server = g_server) server->stop();
}

// SIGTERM and SIGINT end the server while one lives; afterwards they do what they did before.
class EndOnSignals {
 public:
  explicit EndOnSignals(http::Server& server) {
    g_server = &server;
    struct sigaction action {};
    action.sa_handler = hourglass_service_ends;
    action.sa_flags = SA_RESTART;
    sigaction(SIGTERM, &action, &term_), sigaction(SIGINT, &action, &int_);
    action.sa_handler = SIG_IGN;  // a client that has gone; TLS writes without MSG_NOSIGNAL
    sigaction(SIGPIPE, &action, &pipe_);
  }
  ~EndOnSignals() {
    sigaction(SIGTERM, &term_, nullptr), sigaction(SIGINT, &int_, nullptr),
        sigaction(SIGPIPE, &pipe_, nullptr);
    g_server = nullptr;
  }
  EndOnSignals(const EndOnSignals&) = delete;
  EndOnSignals& operator=(const EndOnSignals&) = delete;

 private:
  struct sigaction term_ {
  }, int_{}, pipe_{};
};

void check(const ServeOptions& o) {
  const bool at_home = o.host == "localhost" || o.host == "::1" || o.host.starts_with("127.");
  if (!at_home && o.service.token_file.empty() && !o.insecure)
    throw DataError(
        "serve: --host {} lets other machines ask; give a --token FILE, or --insecure if everybody may",
        o.host);
  if (o.certificate.empty() != o.key.empty())
    throw DataError("serve: --tls takes two files, a certificate and its key; give both");
}

}  // namespace

int serve(const ServeOptions& options) {
  check(options);
  Service service(options.service);
  http::Server server({.host = options.host,
                       .port = options.port,
                       .workers = options.workers,
                       .limits = {.body = options.service.most_body_bytes},
                       .certificate = options.certificate,
                       .key = options.key},
                      service.application());
  service.count_connections([&] { return server.connections(); });
  service.ready_while([&] { return !server.is_stopping(); });
  const EndOnSignals signals(server);
  const std::string at =
      options.host.find(':') == std::string::npos ? options.host : "[" + options.host + "]";
  fmt::print("Serving {} at {}://{}:{}/\n", options.service.model,
             options.certificate.empty() ? "http" : "https", at, server.port());
  std::fflush(stdout);
  service.log().info("start", {{"file", options.service.model},
                               {"model", service.model()->id()},
                               {"kind", service.model()->kind()},
                               {"host", options.host},
                               {"port", server.port()}});
  server.run();
  service.log().info("stop");
  return 0;
}

}  // namespace hourglass::service
