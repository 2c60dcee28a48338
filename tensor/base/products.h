#pragma once

#include <cstdint>

/// For tests of what is not computed.
namespace hourglass::detail {

/// How many matrix products and convolutions, or gradients of those, have begun in this process.
[[nodiscard]] std::int64_t products_begun();
void count_products(std::int64_t n = 1);

}  // namespace hourglass::detail
