#pragma once

#include "gradients.h"

#include <vector>

namespace hourglass::testing {

/// One differentiable op on example inputs: what the gradient and golden tests run over.
struct OpRow {
  std::string name;  // of the golden file's entry, too
  Function fn;
  std::vector<Shape> shapes;      // of the inputs
  double low = -2.0, high = 2.0;  // the inputs are uniform in [low, high)
};

/// Every differentiable op of tensor/ and autograd/, at shapes small enough for central differences.
[[nodiscard]] const std::vector<OpRow>& op_table();

/// The inputs of a row: wild(row_index, i, …) of golden.h.
[[nodiscard]] std::vector<Tensor> inputs_of(const OpRow& row, std::size_t row_index, DType dtype = float64);

}  // namespace hourglass::testing
