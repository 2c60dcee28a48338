#pragma once

// The convolutional autoencoder along one axis: the basic one's objective for sequences x_1 … x_T,
//
//     min 1/T Σ_t d(x_t, y_t),
//
// with f and g of convolutions over time: the same weights look at every stretch of the sequence, and all
// steps are computed at once (LeCun et al. 1989; as an autoencoder Masci et al. 2011).

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/autoencoders/steps.h>

namespace hourglass::autoencoders {

struct Convolutional1DOptions {
  std::int64_t steps = 140, features = 1;  // T, a multiple of 4, and F
  std::int64_t filters = 16;               // of the first stage; the second has twice as many
  std::int64_t kernel = 7;                 // steps that a filter sees
  std::int64_t latent = 16;
  ReconstructionLoss loss = ReconstructionLoss::mse;
  DType dtype = float32;
};
template <class V>
void visit(Convolutional1DOptions& o, V&& v) {
  v("steps", o.steps), v("features", o.features), v("filters", o.filters), v("kernel", o.kernel);
  v("latent", o.latent), v("loss", o.loss), v("dtype", o.dtype);
}

/// The 1-D convolutional autoencoder.    (N, T, F) or (N, T·F) -> (N, latent) -> (N, T·F)
///
///   Conv1D stride 2, Conv1D stride 2, Dense | Dense, Conv1DTranspose stride 2, the same again
///
/// same padding, relu; T is `steps`, shorter sequences end in nan (steps.h). Throws ShapeError unless T is a
/// multiple of 4, for a number below 1, and for examples of another form.
class Convolutional1DAutoencoder final : public Autoencoder {
 public:
  explicit Convolutional1DAutoencoder(const Convolutional1DOptions& options = {});
  explicit Convolutional1DAutoencoder(Halves halves, const Convolutional1DOptions& options = {});

  [[nodiscard]] Variable encode(const Variable& x) override { return encoder(steps_in(x).x); }
  [[nodiscard]] Variable decode(const Variable& code) override {
    return features_of(options_.loss, decoder(code));
  }
  [[nodiscard]] Loss loss(const Variable& x) override;
  Variable forward(const Variable& x) override;
  [[nodiscard]] const Convolutional1DOptions& options() const { return options_; }
  using Config = Convolutional1DOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  [[nodiscard]] std::optional<Form> form() const override {
    return Form{&encoder, &decoder, Code::all, 0, options_.loss == ReconstructionLoss::bce};
  }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 private:
  [[nodiscard]] StepsOf steps_in(const Variable& x) const;
  Convolutional1DOptions options_;
};

}  // namespace hourglass::autoencoders
