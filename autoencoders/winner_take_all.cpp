#include <hourglass/autoencoders/winner_take_all.h>
#include <hourglass/autograd/ops/activation.h>
#include <hourglass/autograd/ops/top_k.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/tensor/base/error.h>

#include <cmath>

namespace hourglass::autoencoders {

Variable keep_top_k_of_columns(const Variable& x, std::int64_t k) {
  return transpose(keep_top_k(transpose(x), k));
}

WinnerTakeAllAutoencoder::WinnerTakeAllAutoencoder(const WinnerTakeAllOptions& options)
    : WinnerTakeAllAutoencoder(plain_halves_of(options, relu), options) {}

WinnerTakeAllAutoencoder::WinnerTakeAllAutoencoder(Halves halves, const WinnerTakeAllOptions& options)
    : TwoHalves(std::move(halves), options) {
  if (!(options.share > 0.0 && options.share <= 1.0))
    throw DataError("WinnerTakeAllAutoencoder: the share must be in (0, 1], got {}; 0.05 is usual",
                    options.share);
}

Variable WinnerTakeAllAutoencoder::encode(const Variable& x) {
  Variable code = encoder(x);
  if (!is_training()) return code;
  const double winners = std::ceil(options_.share * static_cast<double>(code.shape(0)));
  return keep_top_k_of_columns(code, static_cast<std::int64_t>(winners));
}

Loss WinnerTakeAllAutoencoder::loss(const Variable& x) {
  return run([&] { return reconstruction_loss(options_.loss, decoder(encode(x)), x); });
}

}  // namespace hourglass::autoencoders
