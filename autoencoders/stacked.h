#pragma once

// The stacked denoising autoencoder: each layer first learns by itself to restore what the layers below it
// give (Vincent et al. 2010), then all learn together,
//
//     for i = 1 … n in turn   min E d(h_{i−1}, g_i(f_i(h̃_{i−1}))),      h_0 = x, h_i = f_i(h_{i−1})
//     then                    min E d(x, g_1(… g_n(f_n(… f_1(x̃))))).

#include <hourglass/autoencoders/corruption.h>
#include <hourglass/autoencoders/two_halves.h>
#include <hourglass/data/batches.h>
#include <hourglass/training/fit.h>

#include <functional>
#include <memory>

namespace hourglass::autoencoders {

struct StackedOptions {
  std::int64_t features = 784;
  std::vector<std::int64_t> hidden{1000, 1000};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 1000;
  Corruption corruption{.noise = Corruption::Noise::masking, .strength = 0.25};
  ReconstructionLoss loss = ReconstructionLoss::bce;  // of x; of what is within, the squared error
  DType dtype = float32;
};
template <class V>
void visit(StackedOptions& o, V&& v) {
  visit_plain(o, v);
  v("corruption", o.corruption);
}

/// The stacked denoising autoencoder, of sigmoid layers.    (N, features) -> (N, latent) -> (N, features)
///
/// Halves of one's own have as many layers each, of which the decoder's undo the encoder's in turn. After
/// pre-training, `encoder` is what a classifier is put on. Throws ShapeError for a width below 1.
class StackedDenoisingAutoencoder final : public TwoHalves<StackedOptions> {
 public:
  explicit StackedDenoisingAutoencoder(const StackedOptions& options = {});
  explicit StackedDenoisingAutoencoder(Halves halves, const StackedOptions& options = {});

  /// Trains the layers one after the other, the outermost first, on examples x (N, …) in such batches, each
  /// by an optimizer of its own from `make`; one history each. Of fit's options those without validation and
  /// checkpoints make sense. Throws DataError if the halves differ in their number of layers, and as fit
  /// does.
  std::vector<training::History> pretrain(const std::function<std::unique_ptr<optim::Optimizer>()>& make,
                                          const Tensor& x, const data::BatchOptions& batches,
                                          const training::FitOptions& options);
  /// Of all layers together, of examples corrupted anew at every call.
  [[nodiscard]] Loss loss(const Variable& x) override;
};

}  // namespace hourglass::autoencoders
