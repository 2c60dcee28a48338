#pragma once

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/autoencoders/corruption.h>

namespace hourglass::autoencoders {

struct DenoisingOptions {
  Corruption corruption{};
  ReconstructionLoss loss = ReconstructionLoss::bce;
};

/// The denoising autoencoder: sees a corrupted image and is to give back the clean one, for which it has to
/// know what images look like (Vincent et al. 2008, 2010).    (N, D) -> (N, D)
///
/// The code may be larger than the image: copying does not help here.
class DenoisingAutoencoder final : public Autoencoder {
 public:
  explicit DenoisingAutoencoder(Halves halves, const DenoisingOptions& options = {});

  [[nodiscard]] Variable encode(const Variable& x) override { return encoder(x); }
  [[nodiscard]] Variable decode(const Variable& code) override {
    return pixels(options_.loss, decoder(code));
  }
  /// Between clean x and the reconstruction of corrupt(x), corrupted anew at every call.
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] const Corruption& corruption() const { return options_.corruption; }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 private:
  DenoisingOptions options_;
};

}  // namespace hourglass::autoencoders
