#pragma once

// The winner-take-all autoencoder: over a batch each unit of the code keeps only its largest activations, so
// that each stands for something in some of the examples and none is dead (Makhzani & Frey 2015),
//
//     min d(x, g(h ⊙ m)),      h = relu(f(x)), m_nj = 1 where h_nj is among the ⌈s N⌉ largest of unit j.

#include <hourglass/autoencoders/two_halves.h>

namespace hourglass::autoencoders {

struct WinnerTakeAllOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{};
  std::int64_t latent = 2000;
  double share = 0.05;  // s, of a batch
  ReconstructionLoss loss = ReconstructionLoss::mse;
  DType dtype = float32;
};
template <class V>
void visit(WinnerTakeAllOptions& o, V&& v) {
  visit_plain(o, v);
  v("share", o.share);
}

/// The winner-take-all autoencoder.    (N, features) -> (N, latent) -> (N, features)
///
/// In training encode() keeps the winners of the batch, so large batches say more; in evaluation a code is
/// relu(f(x)), each example by itself. Throws ShapeError for a width below 1, DataError for a share outside
/// (0, 1].
class WinnerTakeAllAutoencoder final : public TwoHalves<WinnerTakeAllOptions> {
 public:
  explicit WinnerTakeAllAutoencoder(const WinnerTakeAllOptions& options = {});
  explicit WinnerTakeAllAutoencoder(Halves halves, const WinnerTakeAllOptions& options = {});

  [[nodiscard]] Variable encode(const Variable& x) override;
  [[nodiscard]] Loss loss(const Variable& x) override;
};

/// Keeps the k largest of each column, the others become 0.    (N, D) -> (N, D)
/// Throws ShapeError unless it is a matrix and 0 <= k <= N.
[[nodiscard]] Variable keep_top_k_of_columns(const Variable& x, std::int64_t k);

}  // namespace hourglass::autoencoders
