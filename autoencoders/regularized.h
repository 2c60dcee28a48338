#pragma once

// The regularised deterministic autoencoder: the variational one without its noise (Ghosh et al. 2020),
//
//     min d(x, g(z)) + β ½ ‖z‖² + s R,      z = f(x),
//
// R the sum of the squares of the decoder's kernels (l2), or ‖∂g/∂z‖_F² (gradient_penalty): either keeps the
// decoder smooth, so that it can be asked for what lies between codes. No prior is asked for: a sampler is
// fitted to the codes afterwards (see sampler.h).

#include <hourglass/autoencoders/jacobian.h>
#include <hourglass/autoencoders/two_halves.h>

namespace hourglass::autoencoders {

struct RegularizedOptions {
  enum class Penalty : std::uint8_t { l2, gradient_penalty };
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 16;
  double beta = 1e-4;      // β
  double strength = 1e-6;  // s
  Penalty penalty = Penalty::l2;
  JacobianOptions jacobian{};  // of the gradient penalty
  ReconstructionLoss loss = ReconstructionLoss::mse;
  DType dtype = float32;
};
constexpr auto enum_names(RegularizedOptions::Penalty /*of*/) {
  return std::to_array<const char*>({"l2", "gradient_penalty"});
}
template <class V>
void visit(RegularizedOptions& o, V&& v) {
  visit_plain(o, v);
  v("beta", o.beta), v("strength", o.strength), v("penalty", o.penalty), v("jacobian", o.jacobian);
}

/// The regularised deterministic autoencoder.    (N, features) -> (N, latent) -> (N, features)
/// Throws ShapeError for a width below 1, DataError for a negative β or strength.
class RegularizedAutoencoder final : public TwoHalves<RegularizedOptions> {
 public:
  explicit RegularizedAutoencoder(const RegularizedOptions& options = {});
  explicit RegularizedAutoencoder(Halves halves, const RegularizedOptions& options = {});

  /// The reconstruction, "code" (½ ‖z‖², the mean over the examples), and "decoder" (R).
  [[nodiscard]] Loss loss(const Variable& x) override;

 private:
  [[nodiscard]] Variable penalty(const Variable& code);
};

}  // namespace hourglass::autoencoders
