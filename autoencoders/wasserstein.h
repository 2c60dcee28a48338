#pragma once

// The Wasserstein autoencoder: codes of all examples together are to be distributed like the prior, not
// those of each one (Tolstikhin et al. 2018),
//
//     min d(x, g(z)) + s MMD²(q(z), p(z)),      z = f(x),  p(z) = N(0, 1),
//
// which leaves each code free to say much.

#include <hourglass/autoencoders/generative.h>
#include <hourglass/autoencoders/two_halves.h>
#include <hourglass/nn/losses/mmd.h>

namespace hourglass::autoencoders {

struct WassersteinOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{400};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 8;
  double strength = 0.1;  // s
  nn::MMDOptions mmd{};
  ReconstructionLoss loss = ReconstructionLoss::mse;
  DType dtype = float32;
};
template <class V>
void visit(WassersteinOptions& o, V&& v) {
  visit_plain(o, v);
  v("strength", o.strength);
  visit(o.mmd, v);
}

/// The Wasserstein autoencoder with MMD.    (N, features) -> (N, latent) -> (N, features)
///
/// A loss needs batches of two examples at least, and large ones say more. Throws ShapeError for a width
/// below 1, DataError for a negative strength.
class WassersteinAutoencoder final : public TwoHalves<WassersteinOptions>, public Generative {
 public:
  explicit WassersteinAutoencoder(const WassersteinOptions& options = {});
  explicit WassersteinAutoencoder(Halves halves, const WassersteinOptions& options = {});

  /// The reconstruction, and the discrepancy from as many draws of the prior as "mmd".
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] Tensor sample(std::int64_t n) override { return decode_normal(*this, n, options_.latent); }
};

}  // namespace hourglass::autoencoders
