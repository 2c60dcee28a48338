#pragma once

#include <hourglass/files/internal/keras/network.h>
#include <hourglass/tensor/base/extent2.h>

#include <array>
#include <initializer_list>
#include <string>
#include <utility>

namespace hourglass::files::keras {

/// Reads the fields of a layer's configuration. All functions throw FileError, which says the file, the
/// layer, the field and what it has to be; a field that is not there has the default.
class Fields {
 public:
  /// `config` outlives it. `where` begins the texts: 'load_keras: m.keras: Dense "dense_1"'.
  Fields(const Json& config, std::string where) : config_(&config), where_(std::move(where)) {}

  [[nodiscard]] const Json* find(const char* name) const;  // null also for JSON's null
  [[nodiscard]] std::int64_t integer(const char* name, std::int64_t fallback, std::int64_t least = 1) const;
  [[nodiscard]] double number(const char* name, double fallback) const;
  [[nodiscard]] bool boolean(const char* name, bool fallback) const;
  [[nodiscard]] std::string text(const char* name, const std::string& fallback) const;
  /// [2, 3], or one number for both.
  [[nodiscard]] Extent2 pair(const char* name, Extent2 fallback, std::int64_t least = 1) const;
  /// [3], or the number alone.
  [[nodiscard]] std::int64_t single(const char* name, std::int64_t fallback, std::int64_t least = 1) const;
  /// [[top, bottom], [left, right]], [rows, columns] for both of each, or one number for all.
  [[nodiscard]] std::array<std::int64_t, 4> edges(const char* name) const;
  /// Extents, null for ones that are not known. With a batch axis, which is left out, if `batched`.
  [[nodiscard]] Dims dims(const Json& list, bool batched) const;

  /// Throws unless the field has its default, because we have no such thing.
  void expect_text(const char* name, std::initializer_list<const char*> known) const;
  void expect_false(std::initializer_list<const char*> names) const;
  void expect_null(std::initializer_list<const char*> names) const;
  void expect_zero(std::initializer_list<const char*> names) const;

  [[noreturn]] void refuse(const std::string& what) const;
  [[nodiscard]] const std::string& where() const { return where_; }
  [[nodiscard]] const Json& config() const { return *config_; }

 private:
  [[nodiscard]] std::int64_t checked(const char* name, const Json& value, std::int64_t least) const;
  const Json* config_;
  std::string where_;
};

}  // namespace hourglass::files::keras
