#pragma once

#include <hourglass/nn/module.h>

#include <string>

namespace hourglass::files {

/// Writes a model for PyTorch: a Python module that is the same network and needs nothing but torch (1.13 or
/// later), and its weights beside it as save_safetensors writes them.
///
///     files::save_torch("exported", model);      // exported/model.py, exported/model.safetensors
///
///     import model                               # in Python, in that folder
///     net = model.load()                         # an nn.Module with the weights, in evaluation mode
///     y = net(x)                                 # x and y are shaped as here: images (N, H, W, C)
///
/// A kind of autoencoder has encode and decode, too. `path` is a folder, which is made if there is none, or
/// ends with ".py"; the weights are then beside it under the same name. Inside, images are channels first.
///
/// Throws DataError that lists all that PyTorch cannot be told: functions and modules of one's own, names
/// that an nn.Module does not allow; FileError as write_safetensors does.
void save_torch(const std::string& path, const nn::Module& model);

}  // namespace hourglass::files
