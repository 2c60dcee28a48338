// A network of one's own, from scratch: a denoising autoencoder with a skip from the image around the code.
// What a network consists of are members; what it does is forward(); visit() names the members, and from that
// list come training, saving, counting and the names in errors.
//
//     15_write_your_own
//
// After one epoch over 10,000 digits the restored images are less than half as far from the clean ones as the
// noisy ones are. What each run is to reach stands in tests/examples/reached.sh.

#include "command_line.h"

#include <hourglass/hourglass.h>

namespace hg = hourglass;
namespace nn = hourglass::nn;

namespace {

struct SkipAutoencoder : nn::Layer {
  nn::Conv2D down{1, 16, {.stride = 2, .padding = hg::Padding::same, .activation = hg::relu}};
  nn::Conv2D deeper{16, 32, {.stride = 2, .padding = hg::Padding::same, .activation = hg::relu}};
  nn::ConvTranspose2D up{32, 16, {.stride = 2, .padding = hg::Padding::same, .activation = hg::relu}};
  nn::ConvTranspose2D out{32, 1, {.stride = 2, .padding = hg::Padding::same}};

  hg::Variable forward(const hg::Variable& x) override {  // (N, 28, 28, 1) -> the same, logits
    const hg::Variable half = down(x);
    return out(hg::concat({up(deeper(half)), half}, -1));
  }
  void visit(nn::Visitor& v) override { v("down", down), v("deeper", deeper), v("up", up), v("out", out); }
};

hg::Tensor with_noise(const hg::Tensor& x) { return hg::clip(x + hg::normal(x.shape(), 0.0, 0.4), 0.0, 1.0); }

int body(int argc, char** argv) {
  const program::Flags flags = program::parse(argc, argv, "Trains a network written in this file.",
                                              {.epochs = 1, .batch = 64, .limit = 10'000});
  const hg::data::DataSplit digits = program::load_data(flags);
  const auto images = [](const hg::Tensor& x) { return hg::unsqueeze(x, -1); };  // (N, 28, 28, 1)
  const hg::data::Batches train(
      images(digits.train.images),
      {.batch_size = flags.batch, .shuffle = true, .seed = flags.seed, .flatten = false});
  const hg::data::Batches test(images(digits.test.images), {.batch_size = 500, .flatten = false});

  const hg::Tensor clean = (*test.epoch().begin()).x, noisy = with_noise(clean);
  const auto restore = [](SkipAutoencoder& net, const hg::Tensor& x) {
    return hg::no_grad([&] { return sigmoid(net(x)).value(); });
  };

  SkipAutoencoder model;
  const double untrained = nn::mean_squared_error(restore(model, noisy), clean).item();
  hg::training::History history;
  if (program::begin(flags, model, {28, 28, 1})) {
    hg::optim::Adam adam({.learning_rate = flags.learning_rate});
    const auto loss = [&](const hg::data::Batch& b) {
      return nn::binary_crossentropy(model(with_noise(b.x)), b.x, {.from_logits = true});
    };
    history = hg::training::fit(model, adam, loss, train,
                                {.epochs = flags.epochs,
                                 .validation = &test,
                                 .checkpoint = {.path = flags.file("model.h5"),
                                                .resume = flags.resume,
                                                .notes = {.data = digits.name, .seed = flags.seed}}});
    hg::training::draw_curves(history, flags.out, "a network of one's own");
  }

  // What the file says of the model suffices to make it again, once its type has a name.
  hg::files::register_type<SkipAutoencoder>("SkipAutoencoder");
  const hg::Tensor restored = restore(model, noisy);
  bool same_bits = true;
  if (flags.load.empty()) {
    const auto again = hg::files::load_model<SkipAutoencoder>(flags.file("model.h5"));
    same_bits = hg::files::sha256(restore(*again, noisy)) == hg::files::sha256(restored);
  }
  const double before = nn::mean_squared_error(noisy, clean).item(),
               after = nn::mean_squared_error(restored, clean).item();
  const auto shown = [](const hg::Tensor& x) { return hg::slice(hg::squeeze(x, 3), 0, {0, 10}); };
  hg::autoencoders::save_rows(flags.file("restored.png"), {shown(clean), shown(noisy), shown(restored)});
  hg::training::Report report;
  report.add("corrupted_mse_per_pixel", before);
  report.add("noisy_mse_per_pixel", after);
  report.add("untrained_mse_per_pixel", untrained);
  report.add_run(model, history);
  return program::finish(flags, digits, report, history, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
