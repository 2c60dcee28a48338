#pragma once

// The sparse autoencoder: a code h = f(x) larger than x, of which only a few units may be active at a time,
// so that each comes to stand for something:
//
//     min ‖x − g(h)‖² / D + s · Ω(h),
//
// Ω the mean of |h| (l1), the Kullback-Leibler divergence of mean activities from a small one (kl: Ng 2011),
// or no penalty, but only the k largest of h kept (top_k: Makhzani & Frey 2013).

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/data/batches.h>
#include <array>

namespace hourglass::autoencoders {

struct SparseOptions {
  enum class Penalty : std::uint8_t {
    l1,     // s · mean|h| on a relu code
    kl,     // s · Σ_j KL(ρ ‖ mean of h_j over the batch) on a sigmoid code, ρ the target activity
    top_k,  // none: only the k largest of each code are kept
  };
  std::int64_t features = 784;
  std::int64_t latent = 1024;  // units of the code
  Penalty penalty = Penalty::l1;
  std::optional<double> strength{};  // s; 0.1 for l1 and 0.001 for kl unless given
  double target = 0.05;              // ρ, the share of the time that a unit is to be active
  std::int64_t k = 25;
  std::optional<nn::Activation> output_activation{};  // σ unless given: linear for scaled tables
  DType dtype = float32;
};
constexpr auto enum_names(SparseOptions::Penalty /*of*/) {
  return std::to_array<const char*>({"l1", "kl", "top_k"});
}
template <class V>
void visit(SparseOptions& o, V&& v) {
  v("features", o.features), v("latent", o.latent), v("penalty", o.penalty), v("strength", o.strength),
      v("target", o.target), v("k", o.k), v("output_activation", o.output_activation), v("dtype", o.dtype);
}

/// The sparse autoencoder.    (N, features) -> (N, latent) -> (N, features), in [0, 1] unless
/// output_activation is another
///
/// Halves of one's own bring a code that fits the penalty. Throws ShapeError for a width below 1 or k outside
/// [1, latent], DataError for a negative strength or a target outside (0, 1).
class SparseAutoencoder final : public Autoencoder {
 public:
  explicit SparseAutoencoder(const SparseOptions& options = {});
  explicit SparseAutoencoder(Halves halves, const SparseOptions& options = {});

  [[nodiscard]] Variable encode(const Variable& x) override;
  [[nodiscard]] Variable decode(const Variable& code) override { return decoder(code); }
  [[nodiscard]] Loss loss(const Variable& x) override;
  [[nodiscard]] const SparseOptions& options() const { return options_; }
  using Config = SparseOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  /// s, given or not.
  [[nodiscard]] double strength() const;
  [[nodiscard]] std::optional<Form> form() const override {
    return Form{&encoder, &decoder,
                options_.penalty == SparseOptions::Penalty::top_k ? Code::top_k : Code::all, options_.k,
                false};
  }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }

  nn::Sequential encoder, decoder;

 private:
  SparseOptions options_;
};

/// How a code is used over a set of examples. A unit is active when it is not 0, a sigmoid unit when it is
/// above one half.
struct Activity {
  double active_fraction;   // of all units of all codes
  double mean_activity;     // mean of h over all units and examples
  std::int64_t dead_units;  // active for no example
  Tensor of_units;          // (units,) float64: the share of the examples for which each is active
};
/// Throws DataError for no examples.
[[nodiscard]] Activity measure_activity(SparseAutoencoder& model, const data::Batches& examples);

}  // namespace hourglass::autoencoders
