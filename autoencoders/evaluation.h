#pragma once

#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/data/batches.h>
#include <hourglass/nn/module.h>
#include <hourglass/tensor/base/function.h>
#include <hourglass/tensor/tensor.h>
#include <hourglass/training/report.h>

#include <string>

namespace hourglass::autoencoders {

/// A map from images (N, D) to reconstructions (N, D): any callable Tensor -> Tensor, held by reference for
/// the time of a call.
using Reconstruct = FunctionRef<Tensor(const Tensor&)>;

/// Mean over all pixels of all images of (reconstruction − x)². Throws DataError for no images, ShapeError if
/// a reconstruction has another shape than its image.
[[nodiscard]] double mse_per_pixel(Reconstruct reconstruct, const data::Batches& images);

/// The model's reconstruction of images, in evaluation mode and without recording.
[[nodiscard]] Tensor reconstruct(nn::Layer& model, const Tensor& x);
[[nodiscard]] double mse_per_pixel(nn::Layer& model, const data::Batches& images);
/// The codes of all images, batch by batch, and the images of all codes: evaluation mode, nothing recorded.
/// Throw as training::predict.
[[nodiscard]] Tensor encode(Autoencoder& model, const data::Batches& images);
[[nodiscard]] Tensor decode(Autoencoder& model, const Tensor& codes, std::int64_t batch_size = 32);
/// SHA-256 of the bits of all reconstructions. They depend on the size of the batches, not on the number of
/// threads.
[[nodiscard]] std::string reconstruction_sha256(nn::Layer& model, const data::Batches& images);

/// The loss of all images and its parts, means over the images; what a kind does not have is 0.
struct LossValues {
  double total = 0.0, reconstruction = 0.0, sparsity = 0.0, kl = 0.0;
};
/// In evaluation mode and without recording. Throws DataError for no images.
[[nodiscard]] LossValues evaluate_loss(Autoencoder& model, const data::Batches& images);

/// What an autoencoder has to beat: the mean image, and principal component analysis (Pearson 1901) with as
/// many components as the code has dimensions, the best linear autoencoder. Fitted to the training images in
/// one pass over batches, in float64.
class Baselines {
 public:
  /// Method: covariance matrix, then its eigenvectors by LAPACK. Throws DataError for no images.
  explicit Baselines(const data::Batches& train);

  /// Mean squared error per pixel of the mean training image.
  [[nodiscard]] double mean_image_mse(const data::Batches& test) const;
  /// The same of the projection on the first `components` principal axes. Throws DataError unless 0 <=
  /// components <= D.
  [[nodiscard]] double pca_mse(const data::Batches& test, std::int64_t components) const;

 private:
  Tensor mean_;  // (1, D) float64
  Tensor axes_;  // (D, D) float64, one principal axis a column, ascending variance
};

/// Adds the model's error to a report, beside those of the model before it was trained, of the mean image,
/// and of PCA with 30 components and with as many as the code has numbers; then code_size and
/// reconstruction_sha256.
void report_errors(training::Report& report, nn::Layer& model, std::int64_t code, double untrained_mse,
                   const Tensor& train_images, const data::Batches& test);

}  // namespace hourglass::autoencoders
