#include <hourglass/autoencoders/architectures.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::autoencoders {

std::int64_t code_inputs(const nn::Layer& decoder) {
  if (const auto* const dense = dynamic_cast<const nn::Dense*>(&decoder)) return dense->kernel.shape(0);
  const auto* const sequence = dynamic_cast<const nn::Sequential*>(&decoder);
  return sequence && sequence->size() > 0 ? code_inputs((*sequence)[0]) : 0;
}

std::int64_t code_size(const Halves& halves) {
  return halves.latent > 0 ? halves.latent : code_inputs(halves.decoder);
}

nn::Activation output_activation_for(ReconstructionLoss loss, const std::optional<nn::Activation>& given) {
  if (loss == ReconstructionLoss::mse) return given ? *given : nn::Activation(sigmoid);
  if (given && !given->is_linear()) {
    throw DataError(
        "autoencoder: with bce the decoder gives logits, but output_activation is {}; leave it out",
        given->name());
  }
  return nn::Activation::linear;
}

Halves dense_halves(const DenseHalvesOptions& o) {
  Halves halves;
  halves.latent = o.latent;
  std::vector<std::int64_t> widths{o.features};
  widths.insert(widths.end(), o.hidden.begin(), o.hidden.end());
  for (std::size_t i = 0; i + 1 < widths.size(); ++i)
    halves.encoder.add(
        nn::Dense(widths[i], widths[i + 1], {.activation = o.hidden_activation, .dtype = o.dtype}));
  halves.encoder.add(nn::Dense(widths.back(), checked_product("dense_halves", o.heads, o.latent),
                               {.activation = o.latent_activation, .dtype = o.dtype}));
  std::int64_t in = o.latent;
  for (std::size_t i = widths.size(); i-- > 1; in = widths[i])
    halves.decoder.add(nn::Dense(in, widths[i], {.activation = o.hidden_activation, .dtype = o.dtype}));
  halves.decoder.add(nn::Dense(in, o.features, {.activation = o.output_activation, .dtype = o.dtype}));
  return halves;
}

void expect_quarters(const char* name, Extent2 image) {
  const bool fits = image.rows > 0 && image.columns > 0 && image.rows % 4 == 0 && image.columns % 4 == 0;
  if (fits) return;
  throw ShapeError("{}: height and width must be multiples of 4, got {} x {}; ZeroPadding2D makes them so",
                   name, image.rows, image.columns);
}

Halves pooled_halves(const PooledHalvesOptions& o) {
  expect_quarters("pooled_halves", o.image);
  constexpr Padding same = Padding::same;
  const DType dtype = o.dtype;
  return {nn::Sequential{
              nn::Reshape({o.image.rows, o.image.columns, 1}),
              nn::Conv2D(1, 32, {.padding = same, .activation = relu, .dtype = dtype}), nn::MaxPool2D(),
              nn::Conv2D(32, 32, {.padding = same, .activation = relu, .dtype = dtype}), nn::MaxPool2D()},
          nn::Sequential{
              nn::ConvTranspose2D(32, 32, {.stride = 2, .padding = same, .activation = relu, .dtype = dtype}),
              nn::ConvTranspose2D(32, 32, {.stride = 2, .padding = same, .activation = relu, .dtype = dtype}),
              nn::Conv2D(32, 1, {.padding = same, .activation = o.output_activation, .dtype = dtype}),
              nn::Flatten()}};
}

Halves strided_halves(const StridedHalvesOptions& o) {
  expect_quarters("strided_halves", o.image);
  constexpr Padding same = Padding::same;
  const char* const op = "strided_halves";
  const std::int64_t few = o.filters, many = checked_product(op, 2, few);
  const std::int64_t rows = o.image.rows / 4, columns = o.image.columns / 4;
  const std::int64_t map = checked_product(op, checked_product(op, rows, columns), many);
  const DType dtype = o.dtype;
  return {
      nn::Sequential{
          nn::Reshape({o.image.rows, o.image.columns, 1}),
          nn::Conv2D(1, few, {.stride = 2, .padding = same, .activation = relu, .dtype = dtype}),
          nn::Conv2D(few, many, {.stride = 2, .padding = same, .activation = relu, .dtype = dtype}),
          nn::Flatten(), nn::Dense(map, checked_product(op, o.heads, o.latent), {.dtype = dtype})},
      nn::Sequential{
          nn::Dense(o.latent, map, {.activation = relu, .dtype = dtype}), nn::Reshape({rows, columns, many}),
          nn::ConvTranspose2D(many, many, {.stride = 2, .padding = same, .activation = relu, .dtype = dtype}),
          nn::ConvTranspose2D(many, few, {.stride = 2, .padding = same, .activation = relu, .dtype = dtype}),
          nn::ConvTranspose2D(few, 1, {.padding = same, .activation = o.output_activation, .dtype = dtype}),
          nn::Flatten()},
      o.latent};
}

Halves map_halves(const MapHalvesOptions& o) {
  expect_quarters("map_halves", o.image);
  constexpr Padding same = Padding::same;
  const std::int64_t few = o.filters, many = checked_product("map_halves", 2, few);
  const DType dtype = o.dtype;
  return {
      nn::Sequential{
          nn::Reshape({o.image.rows, o.image.columns, 1}),
          nn::Conv2D(1, few, {.stride = 2, .padding = same, .activation = relu, .dtype = dtype}),
          nn::Conv2D(few, many, {.stride = 2, .padding = same, .activation = relu, .dtype = dtype}),
          nn::Conv2D(many, o.latent, {.kernel = 1, .dtype = dtype})},
      nn::Sequential{
          nn::ConvTranspose2D(o.latent, many,
                              {.stride = 2, .padding = same, .activation = relu, .dtype = dtype}),
          nn::ConvTranspose2D(many, few, {.stride = 2, .padding = same, .activation = relu, .dtype = dtype}),
          nn::ConvTranspose2D(few, 1, {.padding = same, .activation = o.output_activation, .dtype = dtype}),
          nn::Flatten()}};
}

}  // namespace hourglass::autoencoders
