#include <hourglass/autoencoders/top_k.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/linalg.h>
#include <hourglass/autograd/ops/reduce.h>
#include <hourglass/autograd/ops/top_k.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>

#include <algorithm>
#include <limits>

namespace hourglass::autoencoders {

TopKAutoencoder::TopKAutoencoder(const TopKOptions& o)
    : encoder(o.features, o.latent, {.dtype = o.dtype}),
      decoder(o.latent, o.features, {.dtype = o.dtype}),
      silent_for(zeros({o.latent}, int64)),
      options_(o) {
  if (std::min(o.k, o.k_aux) < 1 || std::max(o.k, o.k_aux) > o.latent) {
    throw ShapeError(
        "TopKAutoencoder: k and k_aux must be 1 to the {} units, got {} and {}; 25 and 64 suit "
        "thousands of units",
        o.latent, o.k, o.k_aux);
  }
  if (!(o.strength >= 0.0))
    throw DataError("TopKAutoencoder: the strength must not be negative, got {}; 1/32 is usual", o.strength);
  if (o.dead_after < 1)
    throw DataError("TopKAutoencoder: dead_after must be at least 1 example, got {}; 10,000 is usual",
                    o.dead_after);
  const Tensor w = transpose(encoder.kernel.value());  // (latent, features)
  decoder.kernel.set_value(w / maximum(sqrt(sum(square(w), 1, {.keepdims = true})), 1e-12));
}

Variable TopKAutoencoder::scores(const Variable& x) { return encoder(x - *decoder.bias); }

Variable TopKAutoencoder::encode(const Variable& x) { return keep_top_k(scores(x), options_.k); }

void TopKAutoencoder::count(const Tensor& code) {
  const Tensor silent = sum((code != 0.0).to(int64), 0) == 0.0;
  silent_for = where(silent, silent_for + static_cast<double>(code.shape(0)), zeros_like(silent_for));
}

std::int64_t TopKAutoencoder::dead_units() const {
  const Tensor dead = (silent_for >= static_cast<double>(options_.dead_after)).to(int64);
  return static_cast<std::int64_t>(sum(dead).item());
}

Loss TopKAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Variable z = scores(x), code = keep_top_k(z, options_.k), y = decoder(code);
    Loss loss = reconstruction_loss(ReconstructionLoss::mse, y, x);
    if (is_training() && is_trainable()) count(code.value());
    if (const std::int64_t dead = dead_units(); dead > 0) {
      const Tensor alive = broadcast_to(silent_for < static_cast<double>(options_.dead_after), z.shape());
      const double never = std::numeric_limits<float>::lowest();
      const Tensor kept =
          top_k_mask(where(alive, full({}, never, z.dtype()), z.value()), std::min(options_.k_aux, dead));
      const Variable rest = matmul(z * kept.to(z.dtype()), decoder.kernel);
      loss.add("auxiliary", nn::mean_squared_error(rest, (x - y).detach()), options_.strength);
    }
    return loss;
  });
}

}  // namespace hourglass::autoencoders
