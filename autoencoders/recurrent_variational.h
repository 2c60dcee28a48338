#pragma once

// The recurrent variational autoencoder (Fabius & van Amersfoort 2015; Bowman et al. 2016): the variational
// one's objective for sequences x_1 … x_T,
//
//     min Σ_t E_q[−log p(x_t|z)] + β s KL(q(z|x) ‖ p(z)),
//
// q(z|x) by the last state of a recurrent layer, p(x_t|z) by a second one that sees z at each step. The share
// s of the KL term rises while training begins: a decoder that is strong on its own else learns to do without
// the code.

#include <hourglass/autoencoders/gaussian_kind.h>
#include <hourglass/autoencoders/kl_schedule.h>
#include <hourglass/autoencoders/recurrent.h>

namespace hourglass::autoencoders {

struct RecurrentVariationalOptions {
  std::int64_t steps = 140, features = 1, units = 64, latent = 8;
  Cell cell = Cell::lstm;
  bool bidirectional = false;
  Likelihood likelihood = Likelihood::gaussian;
  double variance = 0.1;  // of a feature, with the Gaussian likelihood
  double beta = 1.0;
  KLSchedule kl{.steps = 500};  // warm-up over so many training steps
  DType dtype = float32;
};
template <class V>
void visit(RecurrentVariationalOptions& o, V&& v) {
  v("steps", o.steps), v("features", o.features), v("units", o.units), v("latent", o.latent);
  v("cell", o.cell), v("bidirectional", o.bidirectional), v("likelihood", o.likelihood);
  v("variance", o.variance), v("beta", o.beta), v("kl", o.kl), v("dtype", o.dtype);
}

/// The recurrent variational autoencoder.    (N, T, F) or (N, T·F) -> (N, latent) -> (N, T·F)
///
/// With halves as GaussianKind says, of which the decoder gives rows; T as RecurrentAutoencoder has it.
/// Throws as that does, DataError for a variance that is not positive, a negative β or a schedule out of
/// range.
class RecurrentVariationalAutoencoder final : public GaussianKindOf<RecurrentVariationalOptions> {
 public:
  explicit RecurrentVariationalAutoencoder(const RecurrentVariationalOptions& options = {});
  explicit RecurrentVariationalAutoencoder(Halves halves, const RecurrentVariationalOptions& options = {});

  /// −ELBO over the steps that are there, with one sample of z for each example.
  [[nodiscard]] Loss loss(const Variable& x) override;
  /// As in GaussianKind, over the steps that are there.
  [[nodiscard]] Tensor log_likelihood(const Tensor& x, std::int64_t k) override;
  Variable forward(const Variable& x) override;
  void visit(nn::Visitor& v) override {
    GaussianKind::visit(v);
    kl_.visit(v);
  }

 private:
  [[nodiscard]] Variable encoded(const Variable& x) override;
  KLTerm kl_;
};

}  // namespace hourglass::autoencoders
