#pragma once

#include <cstdint>

namespace hourglass {

/// Rows and columns: a kernel's size, a stride, a window. One number means both: {.stride = 2}.
struct Extent2 {
  std::int64_t rows, columns;

  constexpr Extent2(std::int64_t both)  // NOLINT(google-explicit-constructor)
      : rows(both), columns(both) {}
  constexpr Extent2(std::int64_t of_rows, std::int64_t of_columns) : rows(of_rows), columns(of_columns) {}

  friend constexpr bool operator==(const Extent2&, const Extent2&) = default;
};

}  // namespace hourglass
