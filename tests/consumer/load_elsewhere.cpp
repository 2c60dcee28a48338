// A program that did not train: it has a model file, and the network's form written its own way.
//
//     load_elsewhere FILE       FILE is what stacked_denoising left
#include <hourglass/hourglass.h>

#include <cstdio>

namespace hg = hourglass;
namespace nn = hourglass::nn;

struct Classifier : nn::Layer {
  nn::Sequential features{nn::Dense(784, 128, {.activation = hg::relu}),
                          nn::Dense(128, 128, {.activation = hg::relu})};
  nn::Dense logits{128, 10};

  hg::Variable forward(const hg::Variable& x) override { return logits(features(x)); }
  void visit(nn::Visitor& v) override { v("features", features), v("logits", logits); }
};

int main(int argc, char** argv) {
  if (argc != 2) {
    std::puts("usage: load_elsewhere FILE");
    return 2;
  }
  try {
    Classifier model;
    hg::files::load(argv[1], model);
    model.eval();
    const hg::data::Dataset digits = hg::data::strokes({.train = 1, .test = 500, .seed = 3}).test;  // others
    const hg::Tensor x = hg::flatten(digits.images, 1).to(hg::float32) / 255.0;
    const double right = hg::no_grad([&] { return hg::accuracy(model(x), digits.labels); });
    std::printf("%.1f%% of new images are right\n", 100.0 * right);
    return right > 0.9 ? 0 : 1;
  } catch (const hg::Error& error) {
    std::printf("%s\n", error.what());
    return 2;
  }
}
