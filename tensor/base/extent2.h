#pragma once

#include <cstdint>

namespace hourglass {

/// Rows and columns: a kernel's size, a stride, a window. One number means both: {.stride = 2}.
struct Extent2 {
  std::int64_t rows = 1, columns = 1;

  constexpr Extent2() = default;
  constexpr Extent2(std::int64_t both)  // NOLINT(google-explicit-constructor)
      : rows(both), columns(both) {}
  constexpr Extent2(std::int64_t of_rows, std::int64_t of_columns) : rows(of_rows), columns(of_columns) {}

  friend constexpr bool operator==(const Extent2&, const Extent2&) = default;
  template <class V>
  friend void visit(Extent2& e, V&& v) {
    v("rows", e.rows), v("columns", e.columns);
  }
};

}  // namespace hourglass
