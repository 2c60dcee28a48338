// The program of README.md.
#include <hourglass/hourglass.h>

namespace hg = hourglass;

struct Autoencoder : hg::nn::Layer {
  hg::nn::Dense encoder{784, 64, {.activation = hg::relu}};
  hg::nn::Dense decoder{64, 784, {.activation = hg::sigmoid}};

  hg::Variable forward(const hg::Variable& x) override { return decoder(encoder(x)); }
  void visit(hg::nn::Visitor& v) override { v("encoder", encoder), v("decoder", decoder); }
};

int main(int argc, char** argv) {
  const char* const path = argc > 1 ? argv[1] : "autoencoder.h5";

  const hg::Tensor images = hg::data::digits("strokes", 5000).train.images;  // "mnist", if it is there
  const hg::data::Batches train(images, {.batch_size = 32, .shuffle = true});
  Autoencoder model;
  hg::optim::Adam adam;
  const auto loss = [&](const hg::data::Batch& b) { return hg::nn::mean_squared_error(model(b.x), b.x); };
  const auto history = hg::training::fit(model, adam, loss, train, {.epochs = 7});
  hg::files::save_model(path, model);

  const hg::Tensor x = hg::flatten(images, 1).to(hg::float32) / 255.0;
  return history.epochs.back().loss < 0.5 * hg::mean(hg::var(x, 0)).item() ? 0 : 1;  // of the mean image's
}
