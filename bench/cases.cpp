#include "cases.h"

#include <hourglass/hourglass.h>

namespace bench {

namespace hg = hourglass;
namespace nn = hourglass::nn;
namespace ae = hourglass::autoencoders;

namespace {

nn::Dense relu_layer(std::int64_t in, std::int64_t out) { return {in, out, {.activation = hg::relu}}; }

// a layer's output multiplied by its kernel: positions · kernel places · channels in · channels out
double conv_macs(double positions, double in, double out) { return positions * 9 * in * out; }

Case dense_case(double noise, bool deep, std::int64_t width) {
  auto net = std::make_shared<nn::Sequential>();
  const std::vector<std::int64_t> widths =
      deep ? std::vector<std::int64_t>{kPixels, 512, 256, 32, 256, 512, kPixels}
           : std::vector<std::int64_t>{kPixels, width, kPixels};
  double macs = 0.0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const bool last = i + 2 == widths.size();
    const nn::Activation f = !last  ? nn::Activation(hg::relu)
                             : deep ? nn::Activation()
                                    : nn::Activation(hg::sigmoid);
    net->add(nn::Dense(widths[i], widths[i + 1], {.activation = f}));
    macs += static_cast<double>(widths[i] * widths[i + 1]);
  }
  const auto loss = [net, noise, deep](const hg::Tensor& x) {
    const hg::Tensor seen = noise == 0.0 ? x : hg::clip(x + hg::normal(x.shape(), 0.0, noise), 0.0, 1.0);
    const hg::Variable y = (*net)(seen);
    return deep ? nn::binary_crossentropy(y, x, {.from_logits = true}) : nn::mean_squared_error(y, x);
  };
  return {net, loss, macs};
}

Case sparse_case() {
  const auto net = std::make_shared<nn::Sequential>(relu_layer(kPixels, 1024),
                                                    nn::Dense(1024, kPixels, {.activation = hg::sigmoid}));
  const auto loss = [net](const hg::Tensor& x) {
    const hg::Variable h = (*net)[0](x);
    return nn::mean_squared_error((*net)[1](h), x) + 1e-4 * hg::mean(hg::abs(h));
  };
  return {net, loss, 2.0 * 784 * 1024};
}

// An autoencoder of the library with its own loss.
template <class Model>
Case library_case(Model model, double macs) {
  const auto owned = std::make_shared<Model>(std::move(model));
  return {owned, [owned](const hg::Tensor& x) -> hg::Variable { return owned->loss(x); }, macs};
}

Case pooled_case() {
  constexpr hg::Padding same = hg::Padding::same;
  const auto conv = [&](std::int64_t in, std::int64_t out) {
    return nn::Conv2D(in, out, {.padding = same, .activation = hg::relu});
  };
  const auto transposed = [&](std::int64_t in, std::int64_t out) {
    return nn::ConvTranspose2D(in, out, {.stride = 2, .padding = same, .activation = hg::relu});
  };
  ae::Halves halves{
      nn::Sequential{nn::Reshape({28, 28, 1}), conv(1, 16), nn::MaxPool2D(), conv(16, 8), nn::MaxPool2D()},
      nn::Sequential{transposed(8, 8), transposed(8, 16),
                     nn::Conv2D(16, 1, {.padding = same, .activation = hg::sigmoid}), nn::Flatten()}};
  return library_case(ae::ConvolutionalAutoencoder(std::move(halves), {.loss = ae::ReconstructionLoss::mse}),
                      conv_macs(784, 1, 16) + conv_macs(196, 16, 8) + conv_macs(49, 8, 8) +
                          conv_macs(196, 8, 16) + conv_macs(784, 16, 1));
}

Case strided_case(bool variational, std::int64_t width) {
  const auto few = static_cast<double>(width), many = 2.0 * few;
  const double macs = conv_macs(196, 1, few) + conv_macs(49, few, many) +
                      49 * many * 16 * (variational ? 3 : 2) + conv_macs(49, many, many) +
                      conv_macs(196, many, few) + conv_macs(784, few, 1);
  if (variational) {
    return library_case(ae::VariationalAutoencoder(ae::strided_halves({.heads = 2, .filters = width})), macs);
  }
  return library_case(ae::ConvolutionalAutoencoder(ae::strided_halves({.filters = width})), macs);
}

Case recurrent_case() {
  constexpr std::int64_t kSteps = 28, kFeatures = 28, kUnits = 64;
  ae::Halves halves{.encoder = nn::Sequential(nn::Reshape({kSteps, kFeatures}), nn::LSTM(kFeatures, kUnits)),
                    .decoder = nn::Sequential(nn::RepeatVector(kSteps),
                                              nn::LSTM(kUnits, kUnits, {.return_sequences = true}),
                                              nn::Dense(kUnits, kFeatures), nn::Flatten()),
                    .latent = kUnits};
  return library_case(
      ae::RecurrentAutoencoder(std::move(halves), {.steps = kSteps, .features = kFeatures, .units = kUnits}),
      static_cast<double>(
          kSteps * (4 * kUnits * (kFeatures + kUnits) + 4 * kUnits * 2 * kUnits + kUnits * kFeatures)));
}

}  // namespace

Case make_case(const std::string& name, std::int64_t width) {
  constexpr double kNoise = 0.3;
  if (name == "a" || name == "ca")
    return dense_case(name == "a" ? 0.0 : kNoise, false, width > 0 ? width : 64);
  if (name == "b" || name == "cb") return dense_case(name == "b" ? 0.0 : kNoise, true, 0);
  if (name == "d") return sparse_case();
  if (name == "e") {
    const std::int64_t hidden = width > 0 ? width : 400;
    return library_case(ae::VariationalAutoencoder({.hidden = {hidden}}),
                        static_cast<double>(hidden * (784 * 2 + 60)));
  }
  if (name == "f1") return pooled_case();
  if (name == "f2" || name == "f2v") return strided_case(name == "f2v", width > 0 ? width : 32);
  if (name == "g") return recurrent_case();
  if (name == "iw") {
    constexpr std::int64_t kSamples = 5;
    const double decoder = 50 * 200 + 200 * 200 + 200 * 784;
    return library_case(ae::ImportanceWeightedAutoencoder({.samples = kSamples}),
                        decoder + 50 * 200 + kSamples * decoder);
  }
  throw hg::DataError("train_step: no case \"{}\"; the cases are a, b, ca, cb, d, e, f1, f2, f2v, g and iw",
                      name);
}

}  // namespace bench
