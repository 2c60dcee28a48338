#pragma once

#include <hourglass/app/service/service.h>

#include <string>

namespace hourglass::service {

/// What `hourglass serve` is asked for.
struct ServeOptions {
  ServiceOptions service{};
  std::string host = "127.0.0.1";
  int port = 8080;                   // 0: any that is free
  int workers = 32;                  // requests that are answered at once
  std::string certificate{}, key{};  // PEM files for TLS
  bool insecure = false;             // whether others than this machine may ask without a token
};

/// Serves a model until SIGTERM or SIGINT, and then until what has begun is answered; prints where it
/// listens. Throws FileError or DataError for a model, token, certificate or port that cannot be used, and
/// for a host that others reach without a token, unless `insecure`.
int serve(const ServeOptions& options);

}  // namespace hourglass::service
