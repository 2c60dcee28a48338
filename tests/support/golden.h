#pragma once

#include "gradients.h"

#include <map>
#include <string>
#include <vector>

namespace hourglass::testing {

/// Golden numbers from tests/golden/STEM.txt, which make_STEM.py writes with PyTorch.
class Golden {
 public:
  /// Throws if the file is missing.
  explicit Golden(std::string stem);

  /// Those of a row's value (kind "value", index 0) or of its gradients. Where there are none, throws with
  /// the script to run.
  [[nodiscard]] const std::vector<double>& at(const std::string& name, const std::string& kind,
                                              std::size_t index = 0) const;
  /// The names of all rows.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::string stem_;
  std::map<std::string, std::vector<double>> numbers_;  // by "NAME KIND INDEX"
};

/// Numbers in [low, high) that any language computes alike from a row's name:
///     low + (high − low) · frac(sin(1000 h + 100 input + k + 1) · 43758.5453)   for element k,
/// where h starts at 0 and is (31 h + c) mod 9973 after each character c of the name.
[[nodiscard]] Tensor wild(const std::string& name, std::size_t input, const Shape& shape, double low = -2.0,
                          double high = 2.0);

/// The largest |x − golden| / max(|golden|, largest golden of the array · 10⁻², 10⁻³⁰⁰); infinity if the
/// counts differ.
[[nodiscard]] double relative_difference(const Tensor& x, const std::vector<double>& golden);

/// Expects fn(inputs), and the gradients of Σ fn(inputs) · wild(name, 9), to be the golden numbers of `name`
/// up to a relative difference; the gradients both as kernels make them and as they are recorded to be
/// differentiated again.
void expect_golden(const Golden& golden, const std::string& name, const Function& fn,
                   const std::vector<Tensor>& inputs, double tolerance);

}  // namespace hourglass::testing
