#pragma once

// The variational autoencoder with a VampPrior, a variational mixture of posteriors (Tomczak & Welling 2018):
//
//     p(z) = 1/K Σ_k q(z|u_k),      min E_q[−log p(x|z) + β (log q(z|x) − log p(z))],
//
// with K pseudo-inputs u, trained with the rest. A prior that lies where codes do costs fewer nats than
// N(0, 1), and leaves fewer numbers of the code unused.

#include <hourglass/autoencoders/gaussian_kind.h>

namespace hourglass::autoencoders {

struct VampPriorOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 20;
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;             // of a feature, with the Gaussian likelihood
  std::int64_t pseudo_inputs = 500;  // K
  double beta = 1.0;
  DType dtype = float32;
};
template <class V>
void visit(VampPriorOptions& o, V&& v) {
  visit_common(o, v);
  v("pseudo_inputs", o.pseudo_inputs), v("beta", o.beta);
}

/// The autoencoder with a VampPrior, with halves as GaussianKind says.    (N, features) -> (N, latent) ->
/// (N, features)
///
/// pseudo_inputs (K, features), N(0, 1): with the Bernoulli likelihood u is their sigmoid, in (0, 1) as the
/// examples are. Throws ShapeError for a width or a K below 1, DataError for a variance that is not positive
/// or a negative β.
class VampPriorAutoencoder final : public GaussianKindOf<VampPriorOptions> {
 public:
  explicit VampPriorAutoencoder(const VampPriorOptions& options = {});
  explicit VampPriorAutoencoder(Halves halves, const VampPriorOptions& options = {});

  /// Parts: "kl", log q(z|x) − log p(z) of one sample for each example, in nats.
  [[nodiscard]] Loss loss(const Variable& x) override;
  /// u, as the encoder sees them: what the model takes for typical examples.    (K, features)
  [[nodiscard]] Variable pseudo_examples() const;
  void visit(nn::Visitor& v) override {
    GaussianKind::visit(v);
    v("pseudo_inputs", pseudo_inputs);
  }

  Variable pseudo_inputs;

 private:
  [[nodiscard]] Variable log_prior(const Variable& z) override;
  [[nodiscard]] Tensor draw_prior(std::int64_t n, DType dtype) override;
};

}  // namespace hourglass::autoencoders
