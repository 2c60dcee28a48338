#pragma once

#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/training/callbacks/pictures.h>

#include <string>

namespace hourglass::autoencoders {

struct ReconstructionPicturesOptions {
  std::int64_t every = 1;     // epochs
  Shape image{28, 28};        // of one example
  std::int64_t columns = 10;  // images side by side
};

/// A callback that leaves `folder`/epoch_0005.png and so on: the examples, and below each what the model
/// makes of it by then.    examples (N, H·W) in [0, 1], as the model takes them
///
///     auto pictures = reconstruction_pictures(model, few, "out", {.every = 5});
///     fit(model, adam, loss, train, {.epochs = 20, .callbacks = {&pictures}});
///
/// Makes the folder if it is not there. Throws ShapeError unless the examples are rows of such images,
/// DataError for options out of range; while training, what Autoencoder::reconstruct and save_rows throw.
[[nodiscard]] training::Pictures reconstruction_pictures(Autoencoder& model, const Tensor& examples,
                                                         std::string folder,
                                                         ReconstructionPicturesOptions options = {});

}  // namespace hourglass::autoencoders
