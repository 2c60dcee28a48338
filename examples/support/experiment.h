#pragma once

#include "program.h"

#include <hourglass/hourglass.h>

namespace program {

/// The mean squared errors per pixel that stand beside each other in every result.
struct Errors {
  double untrained, mean_image, pca, trained;
};

/// What the training programs do around their models: data, training, files, errors beside baselines.
class Experiment {
 public:
  /// Loads the data, and says which they are. Throws FileError, DataError.
  explicit Experiment(const Flags& flags);

  /// Prints the summary, then trains by Adam on model.loss, or loads the file that --load names; writes
  /// model.h5, history.csv, curves.gp, curves.png.
  hourglass::training::History fit(hourglass::autoencoders::Autoencoder& model, const std::string& title,
                                   const std::vector<hourglass::training::Callback*>& callbacks = {});

  /// Whether the file gives `fresh`, a model of the same form, the bits that the trained one has; says so if
  /// not.
  bool reloads(hourglass::autoencoders::Autoencoder& model, hourglass::autoencoders::Autoencoder& fresh);

  /// The table of errors, with PCA of as many components as the code has numbers; then what the run was.
  Errors report(hourglass::autoencoders::Autoencoder& model, std::int64_t code,
                const hourglass::training::History& history, Report& report);

  /// Test images (n, H·W), as many of each digit as there can be, and their labels.
  [[nodiscard]] hourglass::data::Batch examples(std::int64_t n) const;
  /// (n, H·W) -> (n, H, W)
  [[nodiscard]] hourglass::Tensor as_images(const hourglass::Tensor& x) const;

  /// Whether the run is the one that the published figures are for: all of MNIST, with the default batch size
  /// and learning rate.
  [[nodiscard]] bool is_published_setting(const Flags& defaults) const;

  Flags flags;
  hourglass::data::DataSplit digits;
  hourglass::Shape image;  // (H, W)
  std::int64_t pixels;     // H·W
  hourglass::data::Batches train, test;

 private:
  double untrained_ = 0.0;
};

}  // namespace program
