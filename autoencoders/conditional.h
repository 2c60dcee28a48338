#pragma once

// The conditional variational autoencoder (Sohn, Lee & Yan 2015; Kingma et al. 2014): both halves are told a
// label y, so that the code need not say it,
//
//     min E_q[−log p(x|z, y)] + β KL(q(z|x, y) ‖ p(z))  ≥  −log p(x|y)   for β = 1,
//
// and examples of a label can be asked for. y is given as e(y), one-hot or by a learnt embedding.

#include <hourglass/autoencoders/gaussian_kind.h>
#include <hourglass/autoencoders/kl_schedule.h>
#include <hourglass/nn/layers/embedding.h>

namespace hourglass::autoencoders {

struct ConditionalOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 20;
  std::int64_t labels = 10;    // how many there are: 0 to labels − 1
  std::int64_t embedding = 0;  // numbers that stand for a label; 0: one-hot
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;  // of a feature, with the Gaussian likelihood
  double beta = 1.0;
  KLSchedule kl{};
  DType dtype = float32;
};
template <class V>
void visit(ConditionalOptions& o, V&& v) {
  visit_common(o, v);
  v("labels", o.labels), v("embedding", o.embedding), v("beta", o.beta), v("kl", o.kl);
}

/// The conditional variational autoencoder. A code is z beside e(y), so that decode needs no more.
/// (N, features), (N,) -> (N, latent + E) -> (N, features),      E = embedding, or labels if one-hot
///
/// Halves of one's own take (N, features + E) and (N, latent + E); halves.latent is that of z. Labels are the
/// batch's targets, int64 or uint8. Throws ShapeError for a width below 1, other shapes or labels that are
/// missing from a batch, DataError for options out of range, IndexError for a label out of range.
class ConditionalAutoencoder final : public GaussianKindOf<ConditionalOptions> {
 public:
  explicit ConditionalAutoencoder(const ConditionalOptions& options = {});
  explicit ConditionalAutoencoder(Halves halves, const ConditionalOptions& options = {});

  [[nodiscard]] Loss loss_of_batch(const data::Batch& batch) override;
  [[nodiscard]] Variable encode_batch(const data::Batch& batch) override;
  /// Without labels: with those that the model itself takes for the most likely.
  [[nodiscard]] Loss loss(const Variable& x) override { return loss_of_batch({x.value(), most_likely(x)}); }
  [[nodiscard]] Variable encode(const Variable& x) override {
    return encode_batch({x.value(), most_likely(x)});
  }
  /// For each example the y with the largest bound of log p(x|y), at the mean of its code.    (N, D) -> (N,)
  [[nodiscard]] Tensor most_likely(const Variable& x);

  /// Examples of these labels, and of labels that are drawn, all equally likely.    (n,) -> (n, features)
  [[nodiscard]] Tensor sample_of(const Tensor& labels);
  [[nodiscard]] Tensor sample(std::int64_t n) override;
  /// log p(x|y), and log p(x) = log 1/C Σ_y p(x|y) with all C labels equally likely.
  [[nodiscard]] Tensor log_likelihood_of_batch(const data::Batch& batch, std::int64_t k) override;
  [[nodiscard]] Tensor log_likelihood(const Tensor& x, std::int64_t k) override;

  /// e(y).    (N,) -> (N, E)
  [[nodiscard]] Variable code_of(const Tensor& labels);
  [[nodiscard]] std::optional<Form> form() const override { return {}; }  // layers alone do not say it
  void visit(nn::Visitor& v) override {
    GaussianKind::visit(v);
    v("embedding", embedding);
    kl_.visit(v);
  }

  std::optional<nn::Embedding> embedding;

 private:
  KLTerm kl_;
};

}  // namespace hourglass::autoencoders
