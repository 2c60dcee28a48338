#pragma once

#include "gradients.h"

#include <vector>

namespace hourglass::testing {

/// One differentiable op on example inputs: what the gradient and golden tests run over.
struct OpRow {
  std::string name;  // of its golden numbers too, which tests/golden/make_ops.py writes
  Function fn;
  std::vector<Shape> shapes;        // of the inputs
  double low = -2.0, high = 2.0;    // the inputs are uniform in [low, high)
  double float32_tolerance = 1e-5;  // relative, against the golden numbers
};

/// Every differentiable op of tensor/ and autograd/, at shapes small enough for central differences.
[[nodiscard]] const std::vector<OpRow>& op_table();

/// The part of it with convolution, pooling, normalization, sampling and the LSTM: op_table_layers.cpp.
[[nodiscard]] std::vector<OpRow> layer_rows();
/// The part with sums of products, single elements and densities: op_table_matrix.cpp.
[[nodiscard]] std::vector<OpRow> matrix_and_index_rows();

/// The inputs of a row: wild(row.name, i, …) of golden.h.
[[nodiscard]] std::vector<Tensor> inputs_of(const OpRow& row, DType dtype = float64);

}  // namespace hourglass::testing
