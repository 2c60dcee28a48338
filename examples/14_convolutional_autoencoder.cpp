// The convolutional autoencoder: the same small kernels look at every place of the image, so 28,353 numbers
// do better than the 101,200 of the basic one.
//
//     14_convolutional_autoencoder --data mnist --epochs 10
//
// Expected on MNIST with batches of 128: a binary cross-entropy on the test images of at most 0.0740 nats per
// pixel after one epoch and 0.0652 after ten (pooled). For any other data, network or budget: a mean squared
// error below that of the mean image once there were 150 steps, below that of the untrained network before.
// If the result is worse, or the model file does not give back the same bits, the program's status is 1.

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
    using Architecture = ae::ConvolutionalOptions::Architecture;
    return ae::ConvolutionalAutoencoder(
        {.architecture = architecture == "pooled" ? Architecture::pooled : Architecture::strided,
         .image = {run.image[0], run.image[1]}});
  };
  ae::ConvolutionalAutoencoder model = make_model();
  hg::training::EpochFigures figures([&] {
    return std::vector<hg::training::Figure>{
        {"test_mse_per_pixel", ae::mse_per_pixel(model, run.test)},
        {"test_bce_per_pixel", ae::evaluate_loss(model, run.test).total}};
  });
  const hg::training::History history =
      run.fit(model, "convolutional autoencoder, nats per pixel", {&figures});
  ae::ConvolutionalAutoencoder fresh = make_model();
  const bool same_bits = run.reloads(model, fresh);

  program::Report report;
  const hg::Tensor x = run.examples(20).x;
  const std::int64_t code = hg::no_grad([&] { return model.encode(x).size(); }) / x.shape(0);
  const program::Errors errors = run.report(model, code, history, report);
  const double bce = ae::evaluate_loss(model, run.test).total;
  report.add("test_bce_per_pixel", bce, "nats");
  report.save(flags.file("metrics.json"));
  ae::save_rows(flags.file("reconstructions.png"),
                {run.as_images(x), run.as_images(ae::reconstruct(model, x))});
  draw_maps(model, run);
  program::done(flags);

  const auto epochs = static_cast<std::int64_t>(history.epochs.size());
  if (run.is_published_setting(defaults) && architecture == "pooled" && epochs >= 1)
    return program::verdict("cross-entropy", bce, epochs >= 10 ? 0.0652 : 0.0740, same_bits);
  const bool trained = epochs * run.train.batch_count() >= 150;
  return program::verdict("error", errors.trained, trained ? errors.mean_image : errors.untrained, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
