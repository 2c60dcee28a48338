#pragma once

// The denoising autoencoder: sees a corrupted example x̃ ~ q(x̃|x) and is to give back the clean one,
//
//     min E d(x, g(f(x̃))),
//
// for which it has to know what examples look like (Vincent et al. 2008, 2010).

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/autoencoders/corruption.h>

namespace hourglass::autoencoders {

struct DenoisingOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{512};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 256;              // may be more than features: copying does not help here
  Corruption corruption{};
  ReconstructionLoss loss = ReconstructionLoss::bce;
  std::optional<nn::Activation> output_activation{};  // with mse, σ unless given: linear for scaled tables
  DType dtype = float32;
};
template <class V>
void visit(DenoisingOptions& o, V&& v) {
  v("features", o.features), v("hidden", o.hidden), v("latent", o.latent), v("corruption", o.corruption),
      v("loss", o.loss), v("output_activation", o.output_activation), v("dtype", o.dtype);
}

/// The denoising autoencoder.    (N, features) -> (N, latent) -> (N, features)
///
/// All layers but the last are relu; with mse features are in [0, 1]
/// unless output_activation is another. Throws ShapeError for a width below 1.
class DenoisingAutoencoder final : public Autoencoder {
 public:
  explicit DenoisingAutoencoder(const DenoisingOptions& options = {});
  explicit DenoisingAutoencoder(Halves halves, const DenoisingOptions& options = {});

  [[nodiscard]] Variable encode(const Variable& x) override { return encoder(x); }
  [[nodiscard]] Variable decode(const Variable& code) override {
    return features_of(options_.loss, decoder(code));
  }
  /// Between clean x and the reconstruction of corrupt(x), corrupted anew at every call.
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] const DenoisingOptions& options() const { return options_; }
  using Config = DenoisingOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  [[nodiscard]] std::optional<Form> form() const override {
    return Form{&encoder, &decoder, Code::all, 0, options_.loss == ReconstructionLoss::bce};
  }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 private:
  DenoisingOptions options_;
};

}  // namespace hourglass::autoencoders
