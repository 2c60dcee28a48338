#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace hourglass::data {

struct SplitOptions {
  double fraction = 0.2;  // of the examples, for the second part
  std::uint64_t seed = 0;
  Tensor labels{};  // (N,) int64: each label gets the same share of both parts, as nearly as it can
};

/// The rows of N examples in seeded random order, cut into two parts of int64 indices; with labels
/// stratified. Throws DataError unless 0 <= fraction <= 1, ShapeError or DTypeError for labels of another
/// form.
[[nodiscard]] std::pair<Tensor, Tensor> split_rows(std::int64_t n, const SplitOptions& options = {});

/// Arrays of any types and shapes that agree in the first axis, each cut into the same two parts:
///
///     const auto [train, test] = data::split({x, y}, {.fraction = 0.2, .labels = y});
///     const data::Batches batches(train[0], train[1]);
///
/// Throws as split_rows, DataError for no array, ShapeError if they differ in the first axis.
[[nodiscard]] std::pair<std::vector<Tensor>, std::vector<Tensor>> split(const std::vector<Tensor>& arrays,
                                                                        const SplitOptions& options = {});

}  // namespace hourglass::data
