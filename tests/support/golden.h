#pragma once

#include <hourglass/tensor/tensor.h>

#include <map>
#include <string>
#include <vector>

namespace hourglass::testing {

/// "NAME KIND INDEX" -> numbers, from a file in tests/golden/ with lines of that form. Throws if it is
/// missing.
[[nodiscard]] std::map<std::string, std::vector<double>> read_golden(const std::string& file);

/// The largest |x − golden| / max(|golden|, largest golden of the array · 10⁻², 10⁻³⁰⁰); infinity if the
/// counts differ.
[[nodiscard]] double relative_difference(const Tensor& x, const std::vector<double>& golden);

/// Numbers in [low, high) that any language computes alike:  low + (high − low) · frac(sin(1000 row + 100
/// input + k + 1) · 43758.5453)  for element k.
[[nodiscard]] Tensor wild(std::size_t row, std::size_t input, const Shape& shape, double low = -2.0,
                          double high = 2.0);

}  // namespace hourglass::testing
