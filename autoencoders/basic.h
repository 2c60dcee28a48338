#pragma once

#include <hourglass/nn/losses.h>
#include <hourglass/nn/sequential.h>

#include <vector>

/// The autoencoder kinds, and what they share: evaluation, baselines, pictures.
namespace hourglass::autoencoders {

enum class ReconstructionLoss : std::uint8_t {
  mse,  // mean squared error per pixel; the decoder ends in a sigmoid
  bce,  // binary cross-entropy per pixel, in nats, on logits
};

struct BasicOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 64;
  ReconstructionLoss loss = ReconstructionLoss::mse;
};

/// The basic autoencoder:  code h = f(x), reconstruction g(h), trained so that g(f(x)) ≈ x through a code
/// that is smaller than x (Rumelhart, Hinton & Williams 1986; deep: Hinton & Salakhutdinov 2006).    (N,
/// features) -> (N, features)
///
/// Hidden layers and a shallow code are relu, a deep one's code is linear. Layers of one's own can stand in
/// for encoder and decoder. Throws ShapeError for a width below 1.
class BasicAutoencoder : public nn::Layer {
 public:
  explicit BasicAutoencoder(const BasicOptions& options = {});
  BasicAutoencoder(nn::Sequential encoder, nn::Sequential decoder,
                   ReconstructionLoss loss = ReconstructionLoss::mse);

  [[nodiscard]] Variable encode(const Variable& x) { return encoder(x); }
  /// From a code to pixels in [0, 1].
  [[nodiscard]] Variable decode(const Variable& code);
  [[nodiscard]] Variable reconstruct(const Variable& x) { return decode(encode(x)); }
  /// The reconstruction loss of a batch, per pixel.
  [[nodiscard]] Variable loss(const Variable& x);

  Variable forward(const Variable& x) override { return reconstruct(x); }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 private:
  ReconstructionLoss loss_;
};

}  // namespace hourglass::autoencoders
