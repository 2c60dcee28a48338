#pragma once

// The variational autoencoder with a flow posterior: z₀ ~ N(μ(x), σ²(x)), z = f_T(… f₁(z₀)),
//
//     min E[−log p(x|z) + β (log N(z₀; μ, σ²) − Σ_t log |det ∂f_t| − log p(z))],
//
// by planar (Rezende & Mohamed 2015) or inverse autoregressive steps (Kingma et al. 2016). A posterior that
// fits the true one better than a Gaussian with a diagonal covariance makes the bound tighter.

#include <hourglass/autoencoders/flows.h>
#include <hourglass/autoencoders/latent_kind.h>

namespace hourglass::autoencoders {

struct FlowPosteriorOptions {
  enum class Kind : std::uint8_t { planar, inverse_autoregressive };
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 20;
  Likelihood likelihood = Likelihood::bernoulli;
  double variance = 1.0;  // of a feature, with the Gaussian likelihood
  Kind flow = Kind::inverse_autoregressive;
  std::int64_t steps = 4;   // T
  std::int64_t width = 64;  // hidden units of an autoregressive step
  double beta = 1.0;
  DType dtype = float32;
};
constexpr auto enum_names(FlowPosteriorOptions::Kind /*of*/) {
  return std::to_array<const char*>({"planar", "inverse_autoregressive"});
}
template <class V>
void visit(FlowPosteriorOptions& o, V&& v) {
  visit_common(o, v);
  v("flow", o.flow), v("steps", o.steps), v("width", o.width), v("beta", o.beta);
}

/// The autoencoder with a flow posterior. An encoder gives 3 L numbers: L of μ, L of log σ², clipped to
/// [−30, 20], and L of the context that the steps are told: dense_halves({.heads = 3}).
/// (N, features) -> (N, latent) -> (N, features)
///
/// Throws ShapeError for a width below 1, DataError for a variance that is not positive, a negative β or
/// number of steps, and for halves that do not say how many numbers a code has.
class FlowPosteriorAutoencoder final : public WithOptions<LatentKind, FlowPosteriorOptions> {
 public:
  explicit FlowPosteriorAutoencoder(const FlowPosteriorOptions& options = {});
  explicit FlowPosteriorAutoencoder(Halves halves, const FlowPosteriorOptions& options = {});

  /// Where the flow takes the mean of z₀.
  [[nodiscard]] Variable encode(const Variable& x) override;
  /// Parts: "kl", log q(z|x) − log p(z) of one sample for each example, in nats.
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] Tensor log_likelihood(const Tensor& x, std::int64_t k) override;
  void visit(nn::Visitor& v) override {
    LatentKind::visit(v);
    v("flows", planar), v("flows", autoregressive);
  }

  std::vector<PlanarFlow> planar;  // the steps, of one kind or the other
  std::vector<InverseAutoregressiveFlow> autoregressive;

 private:
  struct Posterior {
    Variable mean, log_variance, context;
  };
  struct Draw {
    Variable z, log_q;
  };
  [[nodiscard]] Posterior posterior(const Variable& x);
  [[nodiscard]] Draw draw(const Posterior& q);
  [[nodiscard]] std::vector<Flow*> flows();
  [[nodiscard]] Tensor draw_prior(std::int64_t n, DType dtype) override;
};

}  // namespace hourglass::autoencoders
