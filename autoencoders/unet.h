#pragma once

// The U-Net: a convolutional autoencoder whose decoder sees, at each size, the encoder's map of that size
// (Ronneberger et al. 2015). It restores: the coarse way knows what is there, the skips where exactly,
//
//     min E d(x, g(f(x̃))),      x̃ a corrupted x,  f(x̃) the maps of all sizes.
//
// As its code is larger than x, it is none to compress with or to look for anomalies in.

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/autoencoders/corruption.h>

namespace hourglass::autoencoders {

struct UNetOptions {
  Extent2 image = 28;
  std::int64_t filters = 8;  // of the largest maps; twice as many at each smaller size
  Corruption corruption{};
  ReconstructionLoss loss = ReconstructionLoss::bce;
  DType dtype = float32;
};
template <class V>
void visit(UNetOptions& o, V&& v) {
  v("image", o.image), v("filters", o.filters), v("corruption", o.corruption), v("loss", o.loss),
      v("dtype", o.dtype);
}

/// The U-Net for restoring, of three sizes.    (N, H·W) -> (N, all maps) -> (N, H·W)
///
///   Conv2D F — Conv2D 2F stride 2 — Conv2D 4F stride 2 | ConvTranspose2D 2F, Conv2D 2F — ConvTranspose2D F,
///   Conv2D F — Conv2D 1
/// 3x3, same padding, relu. Throws ShapeError unless height and width are multiples of 4.
class UNetAutoencoder final : public Autoencoder {
 public:
  explicit UNetAutoencoder(const UNetOptions& options = {});

  /// The maps of all sizes, the smallest first, each as a row of numbers.
  [[nodiscard]] Variable encode(const Variable& x) override;
  [[nodiscard]] Variable decode(const Variable& code) override;
  /// Between clean x and the reconstruction of corrupt(x), corrupted anew at every call.
  [[nodiscard]] Loss loss(const Variable& x) override;

  [[nodiscard]] const UNetOptions& options() const { return options_; }
  using Config = UNetOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  void visit(nn::Visitor& v) override {
    v("top", top), v("middle", middle), v("bottom", bottom), v("up", up), v("join", join),
        v("up_top", up_top), v("join_top", join_top);
  }

  nn::Sequential top, middle, bottom;         // the encoder, from the image down
  nn::Sequential up, join, up_top, join_top;  // the decoder; `join` takes what came up beside the skip

 private:
  [[nodiscard]] Variable decoded(const Variable& code);  // before a sigmoid
  UNetOptions options_;
};

}  // namespace hourglass::autoencoders
