// Inpainting by a U-Net (Ronneberger et al. 2015): a square of each image is cut out and drawn again.
#include <hourglass/hourglass.h>

#include <cstdio>

namespace hg = hourglass;
namespace nn = hourglass::nn;
constexpr auto kSame = hg::Padding::same;

struct UNet : nn::Layer {
  nn::Conv2D in{2, 8, {.padding = kSame, .activation = hg::relu}};
  nn::Conv2D down{8, 16, {.stride = 2, .padding = kSame, .activation = hg::relu}};
  nn::Conv2D mid{16, 16, {.padding = kSame, .activation = hg::relu}};
  nn::ConvTranspose2D up{16, 8, {.stride = 2, .padding = kSame, .activation = hg::relu}};
  nn::Conv2D out{16, 1, {.padding = kSame, .activation = hg::sigmoid}};

  hg::Variable forward(const hg::Variable& x) override {  // (N, 14, 14, image and mask) -> (N, 14, 14, 1)
    const hg::Variable whole = in(x);
    return out(hg::concat({up(mid(down(whole))), whole}, -1));
  }
  void visit(nn::Visitor& v) override {
    v("in", in), v("down", down), v("mid", mid), v("up", up), v("out", out);
  }
};

// A hole of 5 x 5 pixels at a random place of each image: 1 there, else 0.    -> (n, 14, 14, 1)
hg::Tensor holes(std::int64_t n) {
  const auto along = [n](const hg::Shape& axis) {
    const hg::Tensor at = hg::reshape(hg::arange(0, 14), axis), from = hg::uniform({n, 1, 1, 1}, 2.0, 7.0);
    return ((at >= from) * (at < from + 5.0)).to(hg::float32);
  };
  return along({1, 14, 1, 1}) * along({1, 1, 14, 1});
}

hg::Variable error_under(const hg::Tensor& mask, const hg::Variable& y, const hg::Tensor& x) {
  return sum(square(y - x) * mask) / hg::sum(mask).item();
}

int main() {
  hg::set_seed(1);
  const hg::data::DataSplit digits = hg::data::strokes({.train = 2000, .test = 300});
  const auto images = [](const hg::Tensor& x) {  // half as high and as wide
    return hg::average_pool2d(hg::unsqueeze(x.to(hg::float32) / 255.0, -1));
  };
  const hg::data::Batches train(images(digits.train.images),
                                {.batch_size = 50, .shuffle = true, .flatten = false});
  UNet model;
  const auto error_of = [&](const hg::Tensor& x, const hg::Tensor& mask) {
    return error_under(mask, model(hg::concat({x * (1.0 - mask), mask}, -1)), x);
  };
  const auto loss = [&](const hg::data::Batch& b) { return error_of(b.x, holes(b.x.shape(0))); };
  hg::optim::Adam adam({.learning_rate = 0.005});
  hg::training::fit(model, adam, loss, train, {.epochs = 12, .verbose = hg::training::Verbose::silent});

  const hg::Tensor x = images(digits.test.images), mask = holes(300);
  const double error = error_of(x, mask).item();
  const double by_mean = error_under(mask, hg::broadcast_to(hg::mean(x, 0), x.shape()), x).item();
  std::printf("under the mask: error %.4f, mean image %.4f\n", error, by_mean);
  return error < 0.6 * by_mean ? 0 : 1;
}
