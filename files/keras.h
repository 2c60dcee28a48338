#pragma once

#include <hourglass/nn/module.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Models to and from Keras. Shapes, names and defaults of our layers are Keras's, so nothing is converted
/// but the files.
namespace hourglass::files {

/// Writes a model so that Keras opens it, in the format that the name ends in:
///
///     .keras        what Keras 3 saves: keras.models.load_model
///     .weights.h5   its weights: model.load_weights
///     .h5           the format before, with model_config: tf.keras.models.load_model, and Keras 3
///
/// The last two are one and the same file, which holds the weights under the paths of both formats.
///
/// Sequential models, a layer alone, graphs, and the kinds of autoencoders, as what they compute in
/// evaluation: a Sequential of "encoder" and "decoder", with the σ that makes features of logits; of
/// variational ones the mean of q(z|x). `example` is the shape of one example without the batch axis, −1 for
/// any extent; without it, what the first layer says: Dense(784, …) takes {784}.
///
/// Some layers of ours are two there: a convolution with its padding in numbers (ZeroPadding2D first), one
/// with leaky_relu as its activation (whose slope there is another; LeakyReLU next). A TiedDense is a Dense
/// with the kernel transposed; there, the two are not tied. Throws DataError for what Keras cannot say
/// (square as an activation, pools padded in numbers, layers of one's own, keep_top_k), FileError for another
/// ending.
void save_keras(const std::string& path, nn::Module& model,
                const std::optional<std::vector<std::int64_t>>& example = {});

/// The model in a .keras file, or in an .h5 file with model_config: a Sequential, whose layers have Keras's
/// names. In training mode; nothing is drawn from the default generator.
///
/// Initialisers that we do not have are left out. Throws FileError for everything else that differs: layer
/// types (all that there are are listed), data_format channels_first, constraints, dropout in an LSTM,
/// activations, types other than float32 and float64, models that are not Sequential or functional.
///
/// Files from strangers are safe to read: neither Keras nor the HDF5 library sees them, and nothing in them
/// is run. Memory stays below 64 MB or four times the file.
[[nodiscard]] std::unique_ptr<nn::Module> load_keras(const std::string& path);

/// Gives a model the weights of such a file, or of a .weights.h5. The layers have to be those that save_keras
/// would write for it, in their order; names do not matter. Throws FileError that lists what does not fit;
/// nothing is changed then.
void load_keras_weights(const std::string& path, nn::Module& model);

}  // namespace hourglass::files
