#include <hourglass/files/internal/keras/to_keras.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/recurrent.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/layers/tied_dense.h>

namespace hourglass::files::keras {

Dims input_of(const nn::Module& layer) {
  if (const auto* const d = dynamic_cast<const nn::Dense*>(&layer)) return {d->config().in};
  if (const auto* const d = dynamic_cast<const nn::TiedDense*>(&layer)) return {d->config().out};
  const Dims image{kUnknown, kUnknown};
  const auto with = [](Dims dims, std::int64_t channels) {
    dims.push_back(channels);
    return dims;
  };
  if (const auto* const c = dynamic_cast<const nn::Conv2D*>(&layer)) return with(image, c->config().in);
  if (const auto* const c = dynamic_cast<const nn::ConvTranspose2D*>(&layer))
    return with(image, c->config().in);
  if (const auto* const c = dynamic_cast<const nn::DepthwiseConv2D*>(&layer))
    return with(image, c->config().channels);
  if (const auto* const c = dynamic_cast<const nn::Conv1D*>(&layer)) return with({kUnknown}, c->config().in);
  if (const auto* const c = dynamic_cast<const nn::Conv1DTranspose*>(&layer))
    return with({kUnknown}, c->config().in);
  if (const auto* const c = dynamic_cast<const nn::Recurrent*>(&layer))
    return with({kUnknown}, c->features());
  if (const auto* const r = dynamic_cast<const nn::Reshape*>(&layer)) {
    std::int64_t size = 1;  // of rows that are made images: (N, H·W)
    for (const std::int64_t n : r->config().shape) size = n < 0 || size < 0 ? kUnknown : size * n;
    return size > 0 ? Dims{size} : Dims{};
  }
  return {};
}

}  // namespace hourglass::files::keras
