#include <hourglass/app/service/auth.h>
#include <hourglass/files/sha256.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>

#include <openssl/crypto.h>

#include <array>
#include <string_view>

namespace hourglass::service {

namespace {

std::string digest_of(const std::string& token) {
  files::Sha256 sha;
  sha.add(token);
  return sha.hex();
}

}  // namespace

Auth::Auth(const std::string& token_file) {
  constexpr std::size_t kShortest = 16;
  const InputFile file = open_input("serve: --token", token_file);
  std::array<char, 4096> text{};
  std::string token(text.data(), std::fread(text.data(), 1, text.size(), file.stream.get()));
  token = token.substr(0, token.find_first_of("\r\n"));
  if (token.size() < kShortest)
    throw FileError(
        "serve: --token: the first line of {} has {} characters, which can be guessed; write 16 or "
        "more, say by openssl rand -hex 32",
        token_file, token.size());
  digest_ = digest_of(token);
}

bool Auth::allows(const std::string& authorization) const {
  if (!digest_) return true;
  constexpr std::string_view kScheme = "Bearer ";
  const bool scheme = authorization.starts_with(kScheme);
  const std::string given = digest_of(scheme ? authorization.substr(kScheme.size()) : std::string());
  return CRYPTO_memcmp(given.data(), digest_->data(), given.size()) == 0;
}

}  // namespace hourglass::service
