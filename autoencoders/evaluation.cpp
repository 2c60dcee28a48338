#include <hourglass/autoencoders/evaluation.h>
#include <hourglass/tensor/elementwise.h>
#include <hourglass/tensor/error.h>
#include <hourglass/tensor/factory.h>
#include <hourglass/tensor/linalg.h>
#include <hourglass/tensor/reduce.h>
#include <hourglass/tensor/views.h>

namespace hourglass::autoencoders {

double mse_per_pixel(const Reconstruct& reconstruct, const data::Batches& images) {
  double sum = 0.0, pixels = 0.0;
  for (const data::Batch& batch : images.epoch()) {
    sum += hourglass::sum(square(reconstruct(batch.x) - batch.x)).item();
    pixels += static_cast<double>(batch.x.size());
  }
  return sum / pixels;
}

Baselines::Baselines(const data::Batches& train) {
  if (train.size() < 2) throw DataError("Baselines: need two images or more, got {}", train.size());
  Tensor sum_of_x, sum_of_xx;
  bool first = true;
  for (const data::Batch& batch : train.epoch()) {
    const Tensor x = batch.x.to(float64);
    const Tensor s = sum(x, 0, {.keepdims = true}), ss = matmul(transpose(x), x);
    sum_of_x = first ? s : sum_of_x + s;
    sum_of_xx = first ? ss : sum_of_xx + ss;
    first = false;
  }
  const auto n = static_cast<double>(train.size());
  mean_ = sum_of_x / n;
  axes_ = eigh(sum_of_xx / n - matmul(transpose(mean_), mean_)).vectors;
}

double Baselines::mean_image_mse(const data::Batches& test) const {
  const Tensor mean = mean_.to(float32);
  return mse_per_pixel([&](const Tensor& x) { return broadcast_to(mean, x.shape()); }, test);
}

double Baselines::pca_mse(const data::Batches& test, std::int64_t components) const {
  const std::int64_t d = axes_.shape(0);
  if (components < 0 || components > d)
    throw DataError("pca_mse: needs 0 to {} components, got {}", d, components);
  const Tensor mean = mean_.to(float32), v = slice(axes_, 1, {d - components, d}).to(float32);
  return mse_per_pixel([&](const Tensor& x) { return matmul(matmul(x - mean, v), transpose(v)) + mean; },
                       test);
}

}  // namespace hourglass::autoencoders
