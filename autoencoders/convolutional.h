#pragma once

#include <hourglass/autoencoders/architectures.h>

namespace hourglass::autoencoders {

struct ConvolutionalOptions {
  enum class Architecture : std::uint8_t {
    pooled,   // pooling on the way down, a map as the code (pooled_halves)
    strided,  // strides on the way down, numbers as the code (strided_halves)
  };
  Architecture architecture = Architecture::pooled;
  Extent2 image = 28;
  std::int64_t latent = 16;  // of the strided architecture
  ReconstructionLoss loss = ReconstructionLoss::bce;
  DType dtype = float32;
};

/// The convolutional autoencoder: the same weights look at every place of the image (LeCun et al. 1989; as an
/// autoencoder Masci et al. 2011), so far fewer of them do.    (N, H·W) -> (N, H·W)
///
/// Throws ShapeError unless height and width are multiples of 4.
class ConvolutionalAutoencoder final : public Autoencoder {
 public:
  explicit ConvolutionalAutoencoder(const ConvolutionalOptions& options = {});
  explicit ConvolutionalAutoencoder(Halves halves, ReconstructionLoss loss = ReconstructionLoss::bce);

  /// (N, H·W) -> (N, H/4, W/4, 32) pooled, (N, latent) strided
  [[nodiscard]] Variable encode(const Variable& x) override { return encoder(x); }
  [[nodiscard]] Variable decode(const Variable& code) override { return pixels(loss_, decoder(code)); }
  [[nodiscard]] Loss loss(const Variable& x) override;
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 private:
  ReconstructionLoss loss_;
};

}  // namespace hourglass::autoencoders
