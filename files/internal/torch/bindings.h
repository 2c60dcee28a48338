#pragma once

#include <hourglass/files/internal/torch/plan.h>

/// How tensors of ours become tensors of a state_dict, and back.
namespace hourglass::files::torch {

/// The same tensor under another name.
[[nodiscard]] Binding same(const std::string& ours, const std::string& theirs, const Tensor& value);
/// With its axes in another order; `split` first gives it the shape that is permuted.
[[nodiscard]] Binding permuted(const std::string& ours, const std::string& theirs, const Tensor& value,
                               const std::vector<int>& axes, const Shape& split);
[[nodiscard]] Binding permuted(const std::string& ours, const std::string& theirs, const Tensor& value,
                               const std::vector<int>& axes);
/// A vector that PyTorch holds as the sum of two.
[[nodiscard]] Binding sum_of_two(const std::string& ours, const std::string& first, const std::string& second,
                                 const Tensor& value);
/// A matrix of two rows that PyTorch holds as two vectors.
[[nodiscard]] Binding two_rows(const std::string& ours, const std::string& first, const std::string& second,
                               const Tensor& value);
/// The same with the first two thirds of their axis changed: the gates of a GRU.
[[nodiscard]] Binding first_two_changed(Binding binding, int axis);
/// What PyTorch has and we do not.
[[nodiscard]] Binding constant(const std::string& theirs, const Tensor& value);

/// The channels that the positions of an axis stand for where it is a flattened image: 0 if it is none.
/// Ours are channels last, (H W, C), theirs channels first, (C, H W).
struct ImageAxis {
  int axis = 0;  // of theirs
  std::int64_t channels = 0;
};
[[nodiscard]] Binding with_image_axis(Binding binding, ImageAxis image);

}  // namespace hourglass::files::torch
