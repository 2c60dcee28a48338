#pragma once

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/data/batches.h>

namespace hourglass::autoencoders {

struct SparseOptions {
  enum class Penalty : std::uint8_t {
    l1,  // s · mean|h| on a relu code
    kl,  // s · Σ_j KL(ρ ‖ mean of h_j over the batch) on a sigmoid code, ρ the target activity (Ng 2011)
    top_k,  // none: only the k largest of each code are kept (Makhzani & Frey 2013)
  };
  std::int64_t features = 784;
  std::int64_t hidden = 1024;  // units of the code
  Penalty penalty = Penalty::l1;
  std::optional<double> strength{};  // s; 0.1 for l1 and 0.001 for kl unless given
  double target = 0.05;              // ρ, the share of the time that a unit is to be active
  std::int64_t k = 25;
  DType dtype = float32;
};

/// The sparse autoencoder: a code larger than the image, of which only a few units may be active at a time,
/// so that each comes to stand for something.    (N, features) -> (N, features), trained on the mean squared
/// error per pixel.
///
/// Throws ShapeError for a width below 1 or k outside [1, hidden], DataError for a negative strength or a
/// target outside (0, 1).
class SparseAutoencoder final : public Autoencoder {
 public:
  explicit SparseAutoencoder(const SparseOptions& options = {});
  /// With layers of one's own: the encoder's output is penalised, or cut to the k largest.
  SparseAutoencoder(Halves halves, const SparseOptions& options);

  [[nodiscard]] Variable encode(const Variable& x) override;
  [[nodiscard]] Variable decode(const Variable& code) override { return decoder(code); }
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] const SparseOptions& options() const { return options_; }
  /// s, given or not.
  [[nodiscard]] double strength() const;
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 private:
  SparseOptions options_;
};

/// How a code is used over a set of images. A unit is active when it is not 0, a sigmoid unit when it is
/// above one half.
struct Activity {
  double active_fraction;   // of all units of all codes
  double mean_activity;     // mean of h over all units and images
  std::int64_t dead_units;  // active for no image
  Tensor of_units;          // (units,) float64: the share of the images for which each is active
};
/// Throws DataError for no images.
[[nodiscard]] Activity measure_activity(SparseAutoencoder& model, const data::Batches& images);

}  // namespace hourglass::autoencoders
