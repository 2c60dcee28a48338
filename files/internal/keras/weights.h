#pragma once

#include <hourglass/files/internal/builder.h>
#include <hourglass/files/internal/keras/network.h>
#include <hourglass/files/internal/tree.h>

#include <string>
#include <vector>

namespace hourglass::files::keras {

/// The version of Keras whose layouts are written.
inline constexpr const char* kKerasVersion = "3.5.0";

/// An HDF5 file with the weights where Keras 3 has them:
///   /layers/dense/vars/0, /layers/sequential/layers/dense/vars/0, /layers/lstm/cell/vars/0
/// and, with `model_config`, also where the legacy format has them, as further names of the same data sets:
///   /model_weights/dense/dense/kernel:0, attributes layer_names, weight_names, backend, keras_version and,
/// of the root, model_config.
[[nodiscard]] hdf5::FileImage weights_image(const Network& network, const std::string& model_config);

/// Gives the model the weights of a file in either layout. Throws FileError that lists what is missing or of
/// another form; nothing is changed then.
void load_weights(hdf5::Tree& file, const Network& network);

}  // namespace hourglass::files::keras
