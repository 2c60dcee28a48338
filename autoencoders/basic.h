#pragma once

#include <hourglass/autoencoders/architectures.h>

namespace hourglass::autoencoders {

struct BasicOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 64;
  ReconstructionLoss loss = ReconstructionLoss::mse;
  bool tied = false;  // each decoder layer uses the transposed kernel of the encoder layer it mirrors
  DType dtype = float32;
};

/// The basic autoencoder:  code h = f(x), reconstruction g(h), trained so that g(f(x)) ≈ x through a code
/// that is smaller than x (Rumelhart, Hinton & Williams 1986; deep: Hinton & Salakhutdinov 2006).
/// (N, features) -> (N, features)
///
/// Hidden layers and a shallow code are relu, a deep one's code is linear. Layers of one's own can stand in
/// for encoder and decoder. Throws ShapeError for a width below 1.
class BasicAutoencoder final : public Autoencoder {
 public:
  explicit BasicAutoencoder(const BasicOptions& options = {});
  explicit BasicAutoencoder(Halves halves, ReconstructionLoss loss = ReconstructionLoss::mse);

  [[nodiscard]] Variable encode(const Variable& x) override { return encoder(x); }
  [[nodiscard]] Variable decode(const Variable& code) override { return pixels(loss_, decoder(code)); }
  [[nodiscard]] Loss loss(const Variable& x) override;
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 private:
  ReconstructionLoss loss_;
};

}  // namespace hourglass::autoencoders
