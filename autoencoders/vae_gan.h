#pragma once

// The VAE-GAN: a variational autoencoder whose reconstructions are measured by what a critic sees in them,
// not pixel by pixel (Larsen et al. 2016). With h(x) the critic's features, c its verdict, x̃ = g(z) for
// z ~ q(z|x), and x_p = g(z_p) for z_p ~ N(0, 1), in turn
//
//     min over f   KL(q(z|x) ‖ p(z)) + R,                          R = ½ ‖h(x) − h(x̃)‖²
//     min over g   γ R − log c(x̃) − log c(x_p)
//     min over h, c   −log c(x) − log(1 − c(x̃)) − log(1 − c(x_p)).
//
// g minimises −log c, not log(1 − c), which has no slope where the critic is sure (Goodfellow et al. 2014).

#include <hourglass/autoencoders/gaussian_kind.h>
#include <hourglass/autoencoders/phased.h>

namespace hourglass::autoencoders {

struct VaeGanOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 16;
  double gamma = 0.1;                     // γ, of likeness against deceit in the decoder's loss
  std::int64_t critic_features = 128;     // of h
  std::vector<std::int64_t> critic{256};  // widths of the relu layers below h
  DType dtype = float32;
};
template <class V>
void visit(VaeGanOptions& o, V&& v) {
  v("features", o.features), v("hidden", o.hidden), v("latent", o.latent), v("gamma", o.gamma),
      v("critic_features", o.critic_features), v("critic", o.critic), v("dtype", o.dtype);
}

/// The VAE-GAN, for features in [0, 1].    (N, features) -> (N, latent) -> (N, features)
///
/// An encoder gives 2 L numbers (see GaussianKind), a decoder logits. Trained by three phases: "encoder",
/// "decoder", "critic". Throws ShapeError for a width below 1, DataError for a negative γ.
class VaeGan final : public Autoencoder, public Generative, public Phased {
 public:
  explicit VaeGan(const VaeGanOptions& options = {});
  explicit VaeGan(Halves halves, const VaeGanOptions& options = {});

  [[nodiscard]] Variable encode(const Variable& x) override;
  [[nodiscard]] Variable decode(const Variable& code) override { return sigmoid(decoder(code)); }
  /// What the encoder makes small: R and "kl", nats per example; "critic" and "decoder" with weight 0.
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] Variable decoder_loss(const Variable& x);
  [[nodiscard]] Variable critic_loss(const Variable& x);
  [[nodiscard]] std::size_t phase_count() const override { return 3; }
  [[nodiscard]] std::vector<training::Phase<>> phases(
      const std::vector<optim::Optimizer*>& optimizers) override;
  [[nodiscard]] Tensor sample(std::int64_t n) override { return decode_normal(*this, n, options_.latent); }

  [[nodiscard]] const VaeGanOptions& options() const { return options_; }
  using Config = VaeGanOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  void visit(nn::Visitor& v) override {
    v("encoder", encoder), v("decoder", decoder), v("critic", critic), v("verdict", head);
  }

  nn::Sequential encoder, decoder, critic, head;  // critic gives h(x), head the logit of c

 private:
  struct Made;
  [[nodiscard]] Made make(const Variable& x);
  VaeGanOptions options_;
};

}  // namespace hourglass::autoencoders
