#pragma once

#include <hourglass/training/source.h>

#include <hourglass/nn/module.h>

#include <vector>

/// A model's outputs for more data than one pass should hold at once.
namespace hourglass::training {

namespace detail {
[[nodiscard]] Tensor predict(nn::Module& model, LossOfBatch output_of_batch, const Source& batches);

/// Rows of a tensor, batch_size at a time, as views.
struct Rows {
  Rows(Tensor x, std::int64_t batch_size);
  [[nodiscard]] std::vector<Tensor> epoch(std::int64_t /*number*/) const;
  [[nodiscard]] std::int64_t batch_count() const;

  Tensor x;
  std::int64_t batch_size;
};
void expect_in_order(bool shuffled);
}  // namespace detail

/// The outputs f(batch) for the batches of epoch 0, put together along the first axis, in evaluation mode and
/// without recording. Of the model only the modes are touched, and afterwards they are as they were:
///
///     predict(model, [&](const data::Batch& b) { return model.encode(b.x); }, batches);
///
/// Throws DataError for no batch, or Batches that are shuffled: rows would not be those of the data.
template <class F, BatchSource S>
[[nodiscard]] Tensor predict(nn::Module& model, F&& f, S&& batches) {
  using Data = std::remove_reference_t<S>;
  if constexpr (requires { batches.options().shuffle; }) detail::expect_in_order(batches.options().shuffle);
  return detail::predict(model, detail::LossOfBatch::of<detail::BatchOf<Data>>(f), Source(&batches));
}
/// The same for the rows of a tensor of any type:  (N, …) -> (N, …). Throws DataError for a batch size
/// below 1.
template <class F>
requires std::is_invocable_r_v<Variable, F&, const Tensor&>
[[nodiscard]] Tensor predict(nn::Module& model, F&& f, const Tensor& x, std::int64_t batch_size = 32) {
  return predict(model, std::forward<F>(f), detail::Rows(x, batch_size));
}

/// The layer's outputs themselves.
[[nodiscard]] Tensor predict(nn::Layer& model, const data::Batches& batches);
[[nodiscard]] Tensor predict(nn::Layer& model, const Tensor& x, std::int64_t batch_size = 32);

}  // namespace hourglass::training
