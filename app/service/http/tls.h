#pragma once

#include <string>

struct ssl_ctx_st;

namespace hourglass::service::http {

/// What a server needs for TLS 1.2 and 1.3: PEM files with the certificate (and those above it) and its key.
/// Throws FileError where one of them cannot be used. The caller frees it.
[[nodiscard]] ssl_ctx_st* make_tls(const std::string& certificate, const std::string& key);
void free_tls(ssl_ctx_st* tls) noexcept;

}  // namespace hourglass::service::http
