#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::data::internal {

/// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
struct NpyHeader {
  std::string descr{};
  bool fortran_order = false;
  std::vector<std::int64_t> shape{};
};
/// Reads the dictionary by its grammar: nothing of it is run. Throws FileError, in which it is `name`'s.
[[nodiscard]] NpyHeader parse_npy_header(std::string_view text, const std::string& name);

}  // namespace hourglass::data::internal
