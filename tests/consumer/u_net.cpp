// Inpainting by a U-Net (Ronneberger et al. 2015): a square is cut out of each image and drawn again; the
// loss counts what lies under the mask alone.
#include <hourglass/hourglass.h>

#include <cstdio>

namespace hg = hourglass;
namespace nn = hourglass::nn;
struct UNet : nn::Layer {
  nn::Conv2D down{2, 16, {.stride = 2, .padding = hg::Padding::same, .activation = hg::relu}};
  nn::Conv2D deeper{16, 32, {.stride = 2, .padding = hg::Padding::same, .activation = hg::relu}};
  nn::Conv2D bottom{32, 32, {.padding = hg::Padding::same, .activation = hg::relu}};
  nn::ConvTranspose2D up{32, 16, {.stride = 2, .padding = hg::Padding::same, .activation = hg::relu}};
  nn::ConvTranspose2D out{32, 1, {.stride = 2, .padding = hg::Padding::same, .activation = hg::sigmoid}};

  hg::Variable forward(const hg::Variable& x) override {  // (N, 28, 28, image and mask) -> (N, 28, 28, 1)
    const hg::Variable half = down(x);
    return out(hg::concat({up(bottom(deeper(half))), half}, -1));
  }
  void visit(nn::Visitor& v) override {
    v("down", down), v("deeper", deeper), v("bottom", bottom), v("up", up), v("out", out);
  }
};

// A hole of 10 x 10 pixels at a random place of each image: 1 there, else 0.    -> (n, 28, 28, 1)
hg::Tensor holes(std::int64_t n) {
  const auto along = [n](const hg::Shape& axis) {
    const hg::Tensor at = hg::reshape(hg::arange(0, 28), axis), from = hg::uniform({n, 1, 1, 1}, 4.0, 14.0);
    return hg::where((at >= from) * (at < from + 10.0), hg::ones({}), hg::zeros({}));
  };
  return along({1, 28, 1, 1}) * along({1, 1, 28, 1});
}

// The mean squared error under the mask.
hg::Variable error_under(const hg::Tensor& mask, const hg::Variable& y, const hg::Tensor& x) {
  return sum(square(y - x) * mask) / hg::sum(mask).item();
}

int main() {
  hg::set_seed(1);
  const hg::data::DataSplit digits = hg::data::strokes({.train = 2000, .test = 300});
  const hg::data::Batches train(hg::unsqueeze(digits.train.images, -1),
                                {.batch_size = 50, .shuffle = true, .flatten = false});
  UNet model;
  const auto filled = [&](const hg::Tensor& x, const hg::Tensor& mask) {
    return model(hg::concat({x * (1.0 - mask), mask}, -1));
  };
  const auto loss = [&](const hg::data::Batch& b) {
    const hg::Tensor mask = holes(b.x.shape(0));
    return error_under(mask, filled(b.x, mask), b.x);
  };
  hg::optim::Adam adam({.learning_rate = 0.003});
  hg::training::fit(model, adam, loss, train, {.epochs = 12, .verbose = hg::training::Verbose::silent});

  const hg::Tensor x = hg::unsqueeze(digits.test.images, -1).to(hg::float32) / 255.0, mask = holes(300);
  const double error = error_under(mask, filled(x, mask), x).item();
  const double by_mean = error_under(mask, hg::broadcast_to(hg::mean(x, 0), x.shape()), x).item();
  std::printf("under the mask: error %.4f, mean image %.4f\n", error, by_mean);
  return error < 0.6 * by_mean ? 0 : 1;
}
