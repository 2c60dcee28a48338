#include <hourglass/autoencoders/vector_quantized.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/reduce.h>

#include <cmath>

namespace hourglass::autoencoders {

VectorQuantizedAutoencoder::VectorQuantizedAutoencoder(const VectorQuantizedOptions& options)
    : VectorQuantizedAutoencoder(map_halves({.image = options.image,
                                             .latent = options.latent,
                                             .filters = options.filters,
                                             .dtype = options.quantizer.dtype}),
                                 options) {}

VectorQuantizedAutoencoder::VectorQuantizedAutoencoder(Halves halves, const VectorQuantizedOptions& options)
    : encoder(std::move(halves.encoder)),
      decoder(std::move(halves.decoder)),
      quantizer(options.codes, options.latent, options.quantizer),
      options_(options) {
  if (!(options.variance > 0.0)) {
    throw DataError("VectorQuantizedAutoencoder: the variance must be positive, got {}; 1 leaves the mse",
                    options.variance);
  }
}

Loss VectorQuantizedAutoencoder::loss(const Variable& x) {
  return run([&] {
    const auto z = quantizer.quantize(encoder(x));
    const Variable error = nn::mean_squared_error(decoder(z.quantized), x) / options_.variance;
    Loss loss{.total = error, .reconstruction = error, .unit = "squared error per feature over its variance"};
    if (!options_.quantizer.moving_average) loss.add("codebook", z.codebook_loss);
    loss.add("commitment", z.commitment_loss, options_.quantizer.commitment);
    return loss;
  });
}

Tensor VectorQuantizedAutoencoder::indices(const Tensor& x) {
  const nn::Evaluating evaluating(*this);
  return quantizer.indices(encoder(x).value());
}

Tensor VectorQuantizedAutoencoder::decode_indices(const Tensor& indices) {
  const nn::Evaluating evaluating(*this);
  return decode(quantizer.lookup(indices)).value();
}

CodeUse code_use(const Tensor& indices, std::int64_t codes) {
  const Tensor flat = reshape(indices, {-1});
  if (flat.size() == 0) throw DataError("code_use: there is no index; give those of one example at least");
  const Tensor p = put_add(ones({flat.size()}, float64), flat, 0, codes) / static_cast<double>(flat.size());
  const Tensor used = (p > 0.0).to(float64);
  const double entropy = -sum(p * log(p + (1.0 - used))).item();
  return {static_cast<std::int64_t>(sum(used).item()), std::exp(entropy)};
}

}  // namespace hourglass::autoencoders
