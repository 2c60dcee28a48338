#include <hourglass/autoencoders/masked.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/top_k.h>

#include <cmath>

namespace hourglass::autoencoders {

namespace {

Halves make_halves(const MaskedOptions& o) {
  return dense_halves({.features = checked_product("MaskedAutoencoder", o.image.rows, o.image.columns),
                       .hidden = o.hidden,
                       .latent = o.latent,
                       .latent_activation = relu,
                       .output_activation = sigmoid,
                       .dtype = o.dtype});
}

}  // namespace

MaskedAutoencoder::MaskedAutoencoder(const MaskedOptions& options)
    : MaskedAutoencoder(make_halves(options), options) {}

MaskedAutoencoder::MaskedAutoencoder(Halves halves, const MaskedOptions& options)
    : encoder(std::move(halves.encoder)), decoder(std::move(halves.decoder)), options_(options) {
  const auto [rows, columns] = options.image;
  const std::int64_t p = options.patch;
  if (p < 1 || rows % p != 0 || columns % p != 0) {
    throw ShapeError("MaskedAutoencoder: patches of {} do not fill images of {} x {}; take a divisor of both",
                     p, rows, columns);
  }
  const std::int64_t patches = rows / p * (columns / p);
  const auto count = static_cast<double>(patches);
  if (!(options.hidden_share <= 1.0 && std::round(options.hidden_share * count) >= 1.0)) {
    throw DataError(
        "MaskedAutoencoder: hidden_share must be at most 1 and hide one patch of {} at least, got {}; 0.75 "
        "is "
        "usual",
        count, options.hidden_share);
  }
  token = Variable::parameter(zeros({p, p}, options.dtype));
}

Tensor MaskedAutoencoder::draw_mask(std::int64_t n) const {
  const std::int64_t p = options_.patch, down = options_.image.rows / p, across = options_.image.columns / p;
  const auto hidden =
      static_cast<std::int64_t>(std::round(options_.hidden_share * static_cast<double>(down * across)));
  const Tensor drawn = top_k_mask(uniform({n, down * across}), hidden).to(options_.dtype);
  const Tensor patches = reshape(drawn, {n, down, 1, across, 1});
  return reshape(broadcast_to(patches, {n, down, p, across, p}), {n, down * p * across * p});
}

// The token at every place.    -> (1, H·W)
Variable MaskedAutoencoder::tokens() const {
  const std::int64_t p = options_.patch, down = options_.image.rows / p, across = options_.image.columns / p;
  return reshape(broadcast_to(reshape(token, {1, p, 1, p}), {down, p, across, p}),
                 {1, down * p * across * p});
}

Variable MaskedAutoencoder::hide(const Variable& x, const Tensor& mask) {
  return x * (1.0 - mask) + tokens() * mask;
}

Variable MaskedAutoencoder::restore(const Variable& x, const Tensor& mask) {
  return run([&] { return decoder(encoder(hide(x, mask))); });
}

Loss MaskedAutoencoder::loss(const Variable& x) {
  const Tensor mask = draw_mask(x.shape(0));
  const Variable error = sum(square(restore(x, mask) - x) * mask) / sum(mask).item();
  return {.total = error, .reconstruction = error, .unit = "squared error per hidden feature"};
}

}  // namespace hourglass::autoencoders
