#pragma once

// The vector-quantised autoencoder: a code of K words, the nearest of a learnt codebook at each place
// (van den Oord et al. 2017),
//
//     min ‖x − g(q)‖² / (D σ²) + ‖sg(z) − q‖² + β ‖z − sg(q)‖²,      z = f(x), q = the nearest codes,
//
// σ² the variance of the training pixels, sg what no gradient passes; g's gradient goes to z as if q were z.

#include <hourglass/autoencoders/architectures.h>
#include <hourglass/nn/layers/vector_quantizer.h>

namespace hourglass::autoencoders {

struct VectorQuantizedOptions {
  Extent2 image = 28;
  std::int64_t latent = 16;   // numbers in a code vector
  std::int64_t codes = 128;   // K
  std::int64_t filters = 32;  // of the first stage; the second has twice as many
  double variance = 1.0;      // σ²
  nn::VectorQuantizerOptions quantizer{};
};
template <class V>
void visit(VectorQuantizedOptions& o, V&& v) {
  v("image", o.image), v("latent", o.latent), v("codes", o.codes), v("filters", o.filters),
      v("variance", o.variance);
  visit(o.quantizer, v);
}

/// The vector-quantised autoencoder, of map_halves.    (N, H·W) -> (N, H/4, W/4, latent) -> (N, H·W)
///
/// Halves of one's own have vectors of `latent` numbers along the code's last axis. Throws ShapeError unless
/// height and width are multiples of 4, DataError for a variance that is not positive.
class VectorQuantizedAutoencoder final : public Autoencoder {
 public:
  explicit VectorQuantizedAutoencoder(const VectorQuantizedOptions& options = {});
  explicit VectorQuantizedAutoencoder(Halves halves, const VectorQuantizedOptions& options = {});

  /// The quantised vectors.
  [[nodiscard]] Variable encode(const Variable& x) override {
    return quantizer.quantize(encoder(x)).quantized;
  }
  [[nodiscard]] Variable decode(const Variable& code) override { return decoder(code); }
  /// The reconstruction, "codebook" where a loss moves it, and "commitment".
  [[nodiscard]] Loss loss(const Variable& x) override;

  /// Which code stands at each place, and the examples of such.    (N, H·W) <-> (N, H/4, W/4) int64
  [[nodiscard]] Tensor indices(const Tensor& x);
  [[nodiscard]] Tensor decode_indices(const Tensor& indices);

  [[nodiscard]] const VectorQuantizedOptions& options() const { return options_; }
  using Config = VectorQuantizedOptions;
  [[nodiscard]] const Config& config() const { return options_; }
  void visit(nn::Visitor& v) override {
    v("encoder", encoder), v("quantizer", quantizer), v("decoder", decoder);
  }

  nn::Sequential encoder, decoder;
  nn::VectorQuantizer quantizer;

 private:
  VectorQuantizedOptions options_;
};

/// How many of the codes the examples use, and the perplexity of their use, e^(−Σ p log p), 1 to K.
struct CodeUse {
  std::int64_t used;
  double perplexity;
};
[[nodiscard]] CodeUse code_use(const Tensor& indices, std::int64_t codes);

}  // namespace hourglass::autoencoders
