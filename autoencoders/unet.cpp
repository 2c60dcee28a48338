#include <hourglass/autoencoders/unet.h>
#include <hourglass/autograd/ops/join.h>
#include <hourglass/autograd/ops/views.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::autoencoders {

UNetAutoencoder::UNetAutoencoder(const UNetOptions& o) : options_(o) {
  expect_quarters("UNetAutoencoder", o.image);
  constexpr Padding same = Padding::same;
  const std::int64_t f = o.filters, f2 = checked_product("UNetAutoencoder", 2, f),
                     f4 = checked_product("UNetAutoencoder", 4, f);
  const auto conv = [&](std::int64_t in, std::int64_t out, std::int64_t stride) {
    return nn::Conv2D(in, out, {.stride = stride, .padding = same, .activation = relu, .dtype = o.dtype});
  };
  const auto twice = [&](std::int64_t in, std::int64_t out) {
    return nn::ConvTranspose2D(in, out, {.stride = 2, .padding = same, .activation = relu, .dtype = o.dtype});
  };
  top = nn::Sequential{nn::Reshape({o.image.rows, o.image.columns, 1}), conv(1, f, 1)};
  middle = nn::Sequential{conv(f, f2, 2), conv(f2, f2, 1)};
  bottom = nn::Sequential{conv(f2, f4, 2), conv(f4, f4, 1)};
  up = nn::Sequential{twice(f4, f2)};
  join = nn::Sequential{conv(f4, f2, 1)};
  up_top = nn::Sequential{twice(f2, f)};
  join_top = nn::Sequential{
      conv(f2, f, 1),
      nn::Conv2D(f, 1, {.padding = same, .activation = output_activation_for(o.loss), .dtype = o.dtype}),
      nn::Flatten()};
}

Variable UNetAutoencoder::encode(const Variable& x) {
  const Variable a = top(x), b = middle(a), c = bottom(b);
  return concat({flatten(c, 1), flatten(b, 1), flatten(a, 1)}, 1);
}

Variable UNetAutoencoder::decoded(const Variable& code) {
  const auto [rows, columns] = options_.image;
  const std::int64_t n = code.shape(0), f = options_.filters, pixels = rows * columns;
  const std::vector<Variable> maps = split(code, {pixels / 4 * f, pixels / 2 * f, pixels * f}, 1);
  const Variable c = reshape(maps[0], {n, rows / 4, columns / 4, 4 * f}),
                 b = reshape(maps[1], {n, rows / 2, columns / 2, 2 * f}),
                 a = reshape(maps[2], {n, rows, columns, f});
  const Variable back = join(concat({up(c), b}, -1));
  return join_top(concat({up_top(back), a}, -1));
}

Variable UNetAutoencoder::decode(const Variable& code) { return features_of(options_.loss, decoded(code)); }

Loss UNetAutoencoder::loss(const Variable& x) {
  return run([&] {
    const Tensor corrupted = corrupt(x.value(), options_.corruption);
    return reconstruction_loss(options_.loss, decoded(encode(corrupted)), x);
  });
}

}  // namespace hourglass::autoencoders
