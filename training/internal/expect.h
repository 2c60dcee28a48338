#pragma once

#include <hourglass/tensor/base/error.h>

#include <cstdint>

namespace hourglass::training::detail {

/// Throws DataError, which begins with `op`, for an option below `least`, 0 or 1.
inline void expect_at_least(const char* op, const char* option, std::int64_t least, std::int64_t value) {
  if (value >= least) return;
  throw DataError("{}: {} must {}, got {}; leave it out for the default", op, option,
                  least == 0 ? "not be negative" : "be at least 1", value);
}

}  // namespace hourglass::training::detail
