#pragma once

#include <hourglass/autoencoders/architectures.h>

namespace hourglass::autoencoders {

/// What kinds of an encoder and a decoder say alike. A kind adds its options, of which `loss` is the
/// reconstruction's, and its objective.
template <class Options>
class TwoHalves : public Autoencoder {
 public:
  [[nodiscard]] Variable encode(const Variable& x) override { return encoder(x); }
  [[nodiscard]] Variable decode(const Variable& code) override {
    return features_of(options_.loss, decoder(code));
  }
  [[nodiscard]] const Options& options() const { return options_; }
  using Config = Options;
  [[nodiscard]] const Config& config() const { return options_; }
  [[nodiscard]] std::optional<Form> form() const override {
    return Form{&encoder, &decoder, Code::all, 0, options_.loss == ReconstructionLoss::bce};
  }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 protected:
  TwoHalves(Halves halves, const Options& options) : options_(options) {
    options_.latent = code_size(halves);
    encoder = std::move(halves.encoder), decoder = std::move(halves.decoder);
  }
  Options options_;  // of which `latent` is that of the halves, 0 if they do not say
};

/// Fully connected halves of a kind's options: features, hidden, latent, loss, dtype.
template <class Options>
[[nodiscard]] Halves plain_halves_of(const Options& o, const nn::Activation& code = nn::Activation::linear) {
  return dense_halves({.features = o.features,
                       .hidden = o.hidden,
                       .latent = o.latent,
                       .latent_activation = code,
                       .output_activation = output_activation_for(o.loss),
                       .dtype = o.dtype});
}
/// The names of these options.
template <class Options, class V>
void visit_plain(Options& o, V&& v) {
  v("features", o.features), v("hidden", o.hidden), v("latent", o.latent), v("loss", o.loss),
      v("dtype", o.dtype);
}

}  // namespace hourglass::autoencoders
