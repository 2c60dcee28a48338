#pragma once

#include "../command_line.h"

#include <hourglass/hourglass.h>

#include <functional>

namespace program {

/// What the training programs do around their models: data, training, files, errors beside baselines.
class Experiment {
 public:
  /// Loads the data, and says which they are. Throws FileError, DataError.
  explicit Experiment(const Flags& flags);

  /// What of a training is not usual.
  struct How {
    double epsilon = 1e-7;                                                           // of Adam
    std::function<hourglass::data::Batch(const hourglass::data::Batch&)> prepare{};  // before each loss
  };
  /// Prints the summary, then loads the file that --load names, or trains by Adam on model.loss_of_batch and
  /// writes model.h5, history.csv, curves.gp, curves.png.
  hourglass::training::History fit(hourglass::autoencoders::Autoencoder& model, const std::string& title,
                                   const std::vector<hourglass::training::Callback*>& callbacks,
                                   const How& how);
  hourglass::training::History fit(hourglass::autoencoders::Autoencoder& model, const std::string& title,
                                   const std::vector<hourglass::training::Callback*>& callbacks = {}) {
    return fit(model, title, callbacks, How{});
  }

  /// Whether the file that the training left gives a model with the bits that the trained one has.
  [[nodiscard]] bool reloads(hourglass::autoencoders::Autoencoder& model) const;

  /// The error beside those of the baselines, with PCA of as many components as the code has numbers; then
  /// what the run was.
  void report(hourglass::autoencoders::Autoencoder& model, std::int64_t code,
              const hourglass::training::History& history, hourglass::training::Report& report) const;

  /// Test images (n, H·W), as many of each digit as there can be, and their labels.
  [[nodiscard]] hourglass::data::Batch examples(std::int64_t n) const;
  /// (n, H·W) -> (n, H, W)
  [[nodiscard]] hourglass::Tensor as_images(const hourglass::Tensor& x) const;

  Flags flags;
  hourglass::data::DataSplit digits;
  hourglass::Shape image;  // (H, W)
  std::int64_t pixels;     // H·W
  hourglass::data::Batches train, test;

 private:
  double untrained_ = 0.0;
};

}  // namespace program
