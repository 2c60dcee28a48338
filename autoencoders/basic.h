#pragma once

// The basic autoencoder: through a code f(x) that is smaller than x,
//
//     min d(x, g(f(x))),      d the mean squared error or the binary cross-entropy
//
// (Rumelhart, Hinton & Williams 1986; deep: Hinton & Salakhutdinov 2006).

#include <hourglass/autoencoders/architectures.h>

namespace hourglass::autoencoders {

struct BasicOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 64;
  ReconstructionLoss loss = ReconstructionLoss::mse;
  bool tied = false;  // each decoder layer uses the transposed kernel of the encoder layer it mirrors
  std::optional<nn::Activation> output_activation{};  // with mse, σ unless given: linear for scaled tables
  DType dtype = float32;
};
template <class V>
void visit(BasicOptions& o, V&& v) {
  v("features", o.features), v("hidden", o.hidden), v("latent", o.latent), v("loss", o.loss),
      v("tied", o.tied), v("output_activation", o.output_activation), v("dtype", o.dtype);
}

/// The basic autoencoder.    (N, features) -> (N, latent) -> (N, features)
///
/// Hidden layers and a shallow code are relu, a deep one's code is linear; with mse features are in [0, 1]
/// unless output_activation is another.
/// Throws ShapeError for a width below 1.
class BasicAutoencoder final : public Autoencoder {
 public:
  explicit BasicAutoencoder(const BasicOptions& options = {});
  explicit BasicAutoencoder(Halves halves, const BasicOptions& options = {});

  [[nodiscard]] Variable encode(const Variable& x) override { return encoder(x); }
  [[nodiscard]] Variable decode(const Variable& code) override {
    return features_of(options_.loss, decoder(code));
  }
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] const BasicOptions& options() const { return options_; }
  using Config = BasicOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  [[nodiscard]] std::optional<Form> form() const override {
    return Form{&encoder, &decoder, Code::all, 0, options_.loss == ReconstructionLoss::bce};
  }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 private:
  BasicOptions options_;
};

}  // namespace hourglass::autoencoders
