#pragma once

// The contractive autoencoder: its code is to change little where x changes a little, so that only the
// directions along which examples differ from each other are left in it (Rifai et al. 2011),
//
//     min d(x, g(f(x))) + s ‖J‖_F²,      ‖J‖_F² = Σ_ij (∂h_j / ∂x_i)²,  h = f(x).

#include <hourglass/autoencoders/jacobian.h>
#include <hourglass/autoencoders/two_halves.h>

namespace hourglass::autoencoders {

struct ContractiveOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 256;
  double strength = 1e-4;  // s
  JacobianOptions jacobian{};
  ReconstructionLoss loss = ReconstructionLoss::bce;
  DType dtype = float32;
};
template <class V>
void visit(ContractiveOptions& o, V&& v) {
  visit_plain(o, v);
  v("strength", o.strength), v("jacobian", o.jacobian);
}

/// The contractive autoencoder, with a sigmoid code.    (N, features) -> (N, latent) -> (N, features)
///
/// Of one sigmoid or tanh Dense the penalty is a closed form, Σ_j f'(z_j)² Σ_i W_ij². Of any other encoder it
/// is found by differentiating, and trained by differentiating twice (see squared_jacobian_norm): exact for
/// small codes, Hutchinson's estimate for large ones. Throws ShapeError for a width below 1, DataError for a
/// negative strength.
class ContractiveAutoencoder final : public TwoHalves<ContractiveOptions> {
 public:
  explicit ContractiveAutoencoder(const ContractiveOptions& options = {});
  explicit ContractiveAutoencoder(Halves halves, const ContractiveOptions& options = {});

  /// The reconstruction, and ‖J‖_F² as "contraction".
  [[nodiscard]] Loss loss(const Variable& x) override;
  /// ‖J‖_F² of each example, the mean over the examples.
  [[nodiscard]] Variable contraction(const Variable& x) { return contraction(x, encoder(x)); }

 private:
  [[nodiscard]] Variable contraction(const Variable& x, const Variable& code);
};

}  // namespace hourglass::autoencoders
