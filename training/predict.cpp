#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/training/predict.h>

#include <algorithm>

namespace hourglass::training {

namespace detail {

Rows::Rows(Tensor rows, std::int64_t size) : x(std::move(rows)), batch_size(size) {
  if (size < 1) throw DataError("predict: the batch size must be at least 1, got {}; 32 is usual", size);
  if (x.rank() < 1) {
    throw ShapeError(
        "predict: needs an axis of examples, got shape {}; unsqueeze(x, 0) makes one example of it",
        x.shape());
  }
}

std::int64_t Rows::batch_count() const { return (x.shape(0) + batch_size - 1) / batch_size; }

std::vector<Tensor> Rows::epoch(std::int64_t /*number*/) const {
  std::vector<Tensor> parts;
  for (std::int64_t begin = 0; begin < x.shape(0); begin += batch_size)
    parts.push_back(slice(x, 0, {begin, std::min(begin + batch_size, x.shape(0))}));
  return parts;
}

void expect_in_order(bool shuffled) {
  if (!shuffled) return;
  throw DataError(
      "predict: the batches are shuffled, so its rows would not be those of the data; give "
      "Batches with .shuffle = false");
}

Tensor predict(nn::Module& model, LossOfBatch output_of_batch, const Source& batches) {
  const nn::Evaluating evaluating(model);
  std::vector<Tensor> parts;
  batches.for_each(0, 0, [&](const void* batch, std::int64_t /*examples*/) {
    parts.push_back(output_of_batch(batch).value());
    return true;
  });
  if (parts.empty())
    throw DataError("predict: the data give no batch: {}; give more examples or smaller batches",
                    batches.describe());
  return concat(parts);
}

}  // namespace detail

Tensor predict(nn::Layer& model, const data::Batches& batches) {
  return predict(
      model, [&](const data::Batch& b) { return model(b.x); }, batches);
}

Tensor predict(nn::Layer& model, const Tensor& x, std::int64_t batch_size) {
  return predict(
      model, [&](const Tensor& part) { return model(part); }, x, batch_size);
}

}  // namespace hourglass::training
