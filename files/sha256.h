#pragma once

#include <memory>
#include <span>
#include <string>

namespace hourglass::files {

/// SHA-256 of bytes given in parts (FIPS 180-4), computed by OpenSSL.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void add(std::span<const std::byte> bytes);
  void add(const std::string& text);
  /// 64 hexadecimal digits; ends the computation.
  [[nodiscard]] std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace hourglass::files
