#include <hourglass/app/service/http/tls.h>
#include <hourglass/tensor/base/error.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace hourglass::service::http {

ssl_ctx_st* make_tls(const std::string& certificate, const std::string& key) {
  SSL_CTX* const tls = SSL_CTX_new(TLS_server_method());
  const auto expect = [&](bool works, const char* what, const std::string& path) {
    if (works) return;
    const char* const reason = ERR_reason_error_string(ERR_get_error());
    ERR_clear_error();
    SSL_CTX_free(tls);
    throw FileError("serve: --tls: {} is no {} in PEM ({}); openssl req -x509 -newkey rsa:2048 makes both",
                    path, what, reason ? reason : "cannot be read");
  };
  expect(tls != nullptr, "certificate", certificate);
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
  SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION);
  expect(SSL_CTX_use_certificate_chain_file(tls, certificate.c_str()) == 1, "certificate", certificate);
  expect(SSL_CTX_use_PrivateKey_file(tls, key.c_str(), SSL_FILETYPE_PEM) == 1, "key", key);
  expect(SSL_CTX_check_private_key(tls) == 1, "key of that certificate", key);
  return tls;
}

void free_tls(ssl_ctx_st* tls) noexcept { SSL_CTX_free(tls); }

}  // namespace hourglass::service::http
