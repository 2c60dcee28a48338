// The convolutional autoencoder: the same small kernels look at every place of the image, so its 28,353
// numbers do better than the 101,200 of the basic one.
//
//     14_convolutional_autoencoder --data mnist --epochs 10
//
// On MNIST, with pooling and batches of 128, the binary cross-entropy of the test images is about 0.0729 nats
// per pixel after one epoch and 0.0647 after ten. What each run is to reach stands in
// tests/examples/reached.sh. If the model file does not give back the same bits, the status is 1.

#include "support/experiment.h"

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;

namespace {

// What the first convolution makes of one image of each of three digits.
void draw_maps(ae::ConvolutionalAutoencoder& model, program::Experiment& run) {
  const hg::Tensor x = run.examples(3).x;
  std::vector<hg::Tensor> maps;
  for (std::int64_t i = 0; i < x.shape(0); ++i) {
    const hg::Tensor one = hg::slice(x, 0, {i, i + 1});
    maps.push_back(hg::no_grad([&] { return model.encoder[1](model.encoder[0](one)).value(); })[0]);
  }
  ae::save_feature_maps(run.flags.file("feature_maps.png"), hg::concat(maps, 2), 16);
}

int body(int argc, char** argv) {
  std::string architecture = "pooled";
  const program::Flags defaults{.epochs = 1, .batch = 128};
  const program::Flags flags = program::parse(
      argc, argv, "Trains a convolutional autoencoder and shows what it sees.", defaults,
      {{"--architecture", "pooling with upsampling, or strides", &architecture, {"pooled", "strided"}}});
  program::Experiment run(flags);

  const auto make_model = [&] {
    const hg::Extent2 image{run.image[0], run.image[1]};
    return ae::ConvolutionalAutoencoder(architecture == "pooled" ? ae::pooled_halves({.image = image})
                                                                 : ae::strided_halves({.image = image}));
  };
  ae::ConvolutionalAutoencoder model = make_model();
  hg::training::EpochFigures figures([&] {
    return std::vector<hg::training::Figure>{
        {"test_mse_per_pixel", ae::reconstruction_mse(model, run.test)},
        {"test_bce_per_pixel", ae::evaluate_loss(model, run.test).total}};
  });
  const hg::training::History history =
      run.fit(model, "convolutional autoencoder, nats per pixel", {&figures});
  const bool same_bits = run.reloads(model);

  hg::training::Report report;
  const hg::Tensor x = run.examples(20).x;
  const std::int64_t code = hg::no_grad([&] { return model.encode(x).size(); }) / x.shape(0);
  run.report(model, code, history, report);
  const double bce = ae::evaluate_loss(model, run.test).total;
  report.add("test_bce_per_pixel", bce, "nats");
  report.add("architecture", architecture);
  ae::save_rows(flags.file("reconstructions.png"),
                {run.as_images(x), run.as_images(ae::reconstruct(model, x))});
  draw_maps(model, run);
  return program::finish(flags, run.digits, report, history, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
