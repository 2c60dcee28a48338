#pragma once

// The masked autoencoder: most of an image is hidden, patch by patch, and is to be found from the rest
// (He et al. 2022),
//
//     min 1/|M| Σ_{i∈M} (x_i − g(f(x̃))_i)²,      x̃ = x with the pixels M of random patches replaced by a
//     token
//
// that is learnt with the weights. Here f and g are dense layers, not transformers, so f sees the token too.

#include <hourglass/autoencoders/architectures.h>

namespace hourglass::autoencoders {

struct MaskedOptions {
  Extent2 image = 28;
  std::int64_t patch = 4;  // height and width of a patch; divides those of the image
  double hidden_share = 0.75;
  std::vector<std::int64_t> hidden{512};  // widths between input and code; the decoder mirrors them
  std::int64_t latent = 256;
  DType dtype = float32;
};
template <class V>
void visit(MaskedOptions& o, V&& v) {
  v("image", o.image), v("patch", o.patch), v("hidden_share", o.hidden_share), v("hidden", o.hidden),
      v("latent", o.latent), v("dtype", o.dtype);
}

/// The masked autoencoder, for features in [0, 1].    (N, H·W) -> (N, latent) -> (N, H·W)
///
/// Throws ShapeError unless the patches fill the image; DataError for a share outside (0, 1], or one that
/// hides no patch.
class MaskedAutoencoder final : public Autoencoder {
 public:
  explicit MaskedAutoencoder(const MaskedOptions& options = {});
  explicit MaskedAutoencoder(Halves halves, const MaskedOptions& options = {});

  /// The code of whole images.
  [[nodiscard]] Variable encode(const Variable& x) override { return encoder(x); }
  [[nodiscard]] Variable decode(const Variable& code) override { return decoder(code); }
  /// Of the hidden pixels, hidden anew at each call.
  [[nodiscard]] Loss loss(const Variable& x) override;

  /// 1 where a pixel is hidden, else 0: the same number of patches in each image, drawn with the default
  /// generator.    -> (n, H·W)
  [[nodiscard]] Tensor draw_mask(std::int64_t n) const;
  /// What the images are made to be from what is not hidden.    (N, H·W), (N, H·W) -> (N, H·W)
  [[nodiscard]] Variable restore(const Variable& x, const Tensor& mask);
  [[nodiscard]] Variable hide(const Variable& x, const Tensor& mask);

  [[nodiscard]] const MaskedOptions& options() const { return options_; }
  using Config = MaskedOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  void visit(nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder), v("token", token); }

  nn::Sequential encoder, decoder;
  Variable token;  // (patch, patch), zeros at first

 private:
  [[nodiscard]] Variable tokens() const;
  MaskedOptions options_;
};

}  // namespace hourglass::autoencoders
