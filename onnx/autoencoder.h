#pragma once

#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/onnx/save.h>

namespace hourglass::onnx {

enum class Half : std::uint8_t {
  both,     // x -> code and reconstruction
  encoder,  // x -> code
  decoder,  // code -> reconstruction
};

/// Writes an autoencoder of any kind, by its encode and decode: its input "x", its outputs "code" and
/// "reconstruction"; or a half alone. `example` is the shape of one example. Throws as `save` does.
void save_autoencoder(const std::string& path, autoencoders::Autoencoder& model, const Shape& example,
                      Half half = Half::both, const Options& options = {});

}  // namespace hourglass::onnx
