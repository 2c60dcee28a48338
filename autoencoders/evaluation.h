#pragma once

#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/data/batches.h>
#include <hourglass/nn/module.h>
#include <hourglass/tensor/base/function.h>
#include <hourglass/tensor/tensor.h>
#include <hourglass/training/report.h>

#include <string>
#include <string_view>
#include <vector>

namespace hourglass::autoencoders {

namespace detail {
/// Throws DataError, which begins with op, if there is no batch.
void expect_examples(const char* op, const data::Batches& examples);
}  // namespace detail

/// A map from examples (N, …) to reconstructions of the same shape: any callable Tensor -> Tensor, held by
/// reference for the time of a call.
using Reconstruct = FunctionRef<Tensor(const Tensor&)>;

/// The mean squared error: the mean over all features of all examples of (reconstruction − x)². Throws
/// DataError for no examples, ShapeError if a reconstruction has another shape than its example.
[[nodiscard]] double reconstruction_mse(Reconstruct reconstruct, const data::Batches& examples);

/// The model's reconstruction of examples, in evaluation mode and without recording.
[[nodiscard]] Tensor reconstruct(nn::Layer& model, const Tensor& x);
/// The same; kinds that use labels get them.
[[nodiscard]] Tensor reconstruct(nn::Layer& model, const data::Batch& batch);
[[nodiscard]] double reconstruction_mse(nn::Layer& model, const data::Batches& examples);
/// The codes of all examples, batch by batch, and the examples of all codes: evaluation mode, nothing
/// recorded. Throw as training::predict.
[[nodiscard]] Tensor encode(Autoencoder& model, const data::Batches& examples);
[[nodiscard]] Tensor decode(Autoencoder& model, const Tensor& codes, std::int64_t batch_size = 32);
/// SHA-256 of the bits of all reconstructions. They depend on the size of the batches, not on the number of
/// threads.
[[nodiscard]] std::string reconstruction_sha256(nn::Layer& model, const data::Batches& examples);

/// The loss of all examples and its parts, means over the examples.
struct LossValues {
  struct Part {
    std::string name;
    double value = 0.0, weight = 1.0;
  };
  double total = 0.0, reconstruction = 0.0;
  std::vector<Part> parts{};

  /// The value of the part of that name, without its weight. Throws DataError if the kind has none.
  [[nodiscard]] double part(std::string_view name) const;
};
/// In evaluation mode and without recording; kinds that use labels get them. Throws DataError for no
/// examples.
[[nodiscard]] LossValues evaluate_loss(Autoencoder& model, const data::Batches& examples);

/// What an autoencoder has to beat: the mean example, and principal component analysis (Pearson 1901) with as
/// many components as the code has numbers, the best linear autoencoder. Fitted to the training examples in
/// one pass over batches, in float64.
class Baselines {
 public:
  /// Method: covariance matrix, then its eigenvectors by LAPACK. Throws DataError for no examples.
  explicit Baselines(const data::Batches& train);

  /// The mean squared error of the mean training example.
  [[nodiscard]] double mean_mse(const data::Batches& test) const;
  /// The same of the projection on the first `components` principal axes. Throws DataError unless 0 <=
  /// components <= D.
  [[nodiscard]] double pca_mse(const data::Batches& test, std::int64_t components) const;

 private:
  Tensor mean_;  // (1, D) float64
  Tensor axes_;  // (D, D) float64, one principal axis a column, ascending variance
};

/// Adds the model's error to a report, beside those of the model before it was trained, of the mean example,
/// and of PCA with 30 components and with as many as the code has numbers; then these as code_size, and
/// reconstruction_sha256.
void report_errors(training::Report& report, nn::Layer& model, std::int64_t latent, double untrained_mse,
                   const Tensor& train_examples, const data::Batches& test);

}  // namespace hourglass::autoencoders
