#pragma once

#include <hourglass/data/batches.h>
#include <hourglass/tensor/tensor.h>

#include <functional>

namespace hourglass::autoencoders {

/// A map from images (N, D) to reconstructions (N, D).
using Reconstruct = std::function<Tensor(const Tensor&)>;

/// Mean over all pixels of all images of (reconstruction − x)².
[[nodiscard]] double mse_per_pixel(const Reconstruct& reconstruct, const data::Batches& images);

/// What an autoencoder has to beat: the mean image, and principal component analysis (Pearson 1901) with as
/// many components as the code has dimensions, the best linear autoencoder. Fitted to the training images in
/// one pass over batches, in float64.
class Baselines {
 public:
  /// Method: covariance matrix, then eigenvectors by LAPACK. Throws DataError for fewer than two images.
  explicit Baselines(const data::Batches& train);

  /// Mean squared error per pixel of the mean image.
  [[nodiscard]] double mean_image_mse(const data::Batches& test) const;
  /// And of the projection on the first `components` principal axes. Throws DataError unless 0 <= components
  /// <= D.
  [[nodiscard]] double pca_mse(const data::Batches& test, std::int64_t components) const;

 private:
  Tensor mean_;  // (1, D) float64
  Tensor axes_;  // (D, D) float64, one principal axis a column, ascending variance
};

}  // namespace hourglass::autoencoders
