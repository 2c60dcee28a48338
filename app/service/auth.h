#pragma once

#include <optional>
#include <string>

namespace hourglass::service {

/// Who may ask. A token is compared by its SHA-256, byte by byte to the end, so that the time it takes says
/// nothing about the right one.
class Auth {
 public:
  /// Everybody may.
  Auth() = default;
  /// Who has the token in the first line of this file. Throws FileError for one that cannot be read, or that
  /// holds less than 16 characters.
  explicit Auth(const std::string& token_file);

  [[nodiscard]] bool is_on() const { return digest_.has_value(); }
  /// By the header "Authorization: Bearer TOKEN"; "" is no header.
  [[nodiscard]] bool allows(const std::string& authorization) const;

 private:
  std::optional<std::string> digest_;
};

}  // namespace hourglass::service
