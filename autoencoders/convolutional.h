#pragma once

// The convolutional autoencoder: the basic one's objective,
//
//     min d(x, g(f(x))),
//
// with f and g of convolutions: the same weights look at every place of the image, so far fewer of them do
// (LeCun et al. 1989; as an autoencoder Masci et al. 2011).

#include <hourglass/autoencoders/architectures.h>

namespace hourglass::autoencoders {

struct ConvolutionalOptions {
  Extent2 image = 28;
  ReconstructionLoss loss = ReconstructionLoss::bce;
  DType dtype = float32;
};
template <class V>
void visit(ConvolutionalOptions& o, V&& v) {
  v("image", o.image), v("loss", o.loss), v("dtype", o.dtype);
}

/// The convolutional autoencoder, of pooled_halves unless others are given.
/// (N, H·W) -> (N, H/4, W/4, 32) -> (N, H·W)
///
/// Throws ShapeError unless height and width are multiples of 4.
class ConvolutionalAutoencoder final : public Autoencoder {
 public:
  explicit ConvolutionalAutoencoder(const ConvolutionalOptions& options = {});
  explicit ConvolutionalAutoencoder(Halves halves, const ConvolutionalOptions& options = {});

  [[nodiscard]] Variable encode(const Variable& x) override { return encoder(x); }
  [[nodiscard]] Variable decode(const Variable& code) override {
    return features_of(options_.loss, decoder(code));
  }
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] const ConvolutionalOptions& options() const { return options_; }
  using Config = ConvolutionalOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  [[nodiscard]] std::optional<Form> form() const override {
    return Form{&encoder, &decoder, Code::all, 0, options_.loss == ReconstructionLoss::bce};
  }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 private:
  ConvolutionalOptions options_;
};

}  // namespace hourglass::autoencoders
