#pragma once

// The adversarial autoencoder: a critic c learns to tell codes from draws of the prior, and the encoder
// learns to deceive it, so that codes come to be distributed like the prior (Makhzani et al. 2015). In turn
//
//     min over f, g   d(x, g(f(x)))
//     min over c      −log c(z) − log(1 − c(f(x))),      z ~ N(0, 1)
//     min over f      −log c(f(x)).

#include <hourglass/autoencoders/generative.h>
#include <hourglass/autoencoders/phased.h>
#include <hourglass/autoencoders/two_halves.h>

namespace hourglass::autoencoders {

struct AdversarialOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 8;
  std::vector<std::int64_t> critic{128, 128};  // widths of the critic's relu layers
  ReconstructionLoss loss = ReconstructionLoss::mse;
  DType dtype = float32;
};
template <class V>
void visit(AdversarialOptions& o, V&& v) {
  visit_plain(o, v);
  v("critic", o.critic);
}

/// The adversarial autoencoder.    (N, features) -> (N, latent) -> (N, features)
///
/// Trained by three phases: "autoencoder", "critic", "deceit"; the last two want lower rates, and a β₁ of
/// Adam of 0.5. Throws ShapeError for a width below 1; DataError for halves that do not say how many numbers
/// a code has.
class AdversarialAutoencoder final : public TwoHalves<AdversarialOptions>, public Generative, public Phased {
 public:
  explicit AdversarialAutoencoder(const AdversarialOptions& options = {});
  explicit AdversarialAutoencoder(Halves halves, const AdversarialOptions& options = {});

  /// The reconstruction, which the first phase makes small; what the other two do stands beside it with
  /// weight 0, as "critic" and "deceit".
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] Variable critic_loss(const Variable& x);
  [[nodiscard]] Variable deceit_loss(const Variable& x);
  [[nodiscard]] std::size_t phase_count() const override { return 3; }
  [[nodiscard]] std::vector<training::Phase<>> phases(
      const std::vector<optim::Optimizer*>& optimizers) override;
  [[nodiscard]] Tensor sample(std::int64_t n) override { return decode_normal(*this, n, options_.latent); }
  void visit(nn::Visitor& v) override {
    TwoHalves::visit(v);
    v("critic", critic);
  }

  nn::Sequential critic;  // (N, latent) -> (N, 1) logits

 private:
  [[nodiscard]] Variable critic_of(const Variable& code);
};

/// Dense layers of these widths, relu, and one number at the end: what criticises.
[[nodiscard]] nn::Sequential dense_critic(std::int64_t inputs, const std::vector<std::int64_t>& widths,
                                          DType dtype);

}  // namespace hourglass::autoencoders
