#include <hourglass/files/sha256.h>
#include <hourglass/tensor/base/error.h>

#include <openssl/evp.h>

#include <array>
#include <cstdint>

namespace hourglass::files {

namespace {

void expect(int done) {
  if (done != 1) throw FileError("SHA-256: OpenSSL does not give it; is the library whole?");
}

}  // namespace

struct Sha256::Context {
  EVP_MD_CTX* evp = EVP_MD_CTX_new();
  Context() { expect(evp && EVP_DigestInit_ex(evp, EVP_sha256(), nullptr)); }
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::span<const std::byte> bytes) {
  expect(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()));
}

void Sha256::add(const std::string& text) { add(std::as_bytes(std::span(text))); }

std::string Sha256::hex() {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  expect(EVP_DigestFinal_ex(context_->evp, digest.data(), &length));
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < length; ++i) {
    out += kDigits[digest[i] >> 4];
    out += kDigits[digest[i] & 15];
  }
  return out;
}

}  // namespace hourglass::files
