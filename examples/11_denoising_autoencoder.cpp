// The denoising autoencoder: sees an image through noise and gives back what was there. It cannot do so by
// copying; it has to know what digits look like.
//
//     11_denoising_autoencoder --data mnist --epochs 15
//
// Convolutional, with Gaussian noise of deviation 0.4 and batches of 128, it reaches a binary cross-entropy
// between restored and clean test images of about 0.0867 nats per pixel on MNIST. What each run is to reach
// stands in tests/examples/reached.sh. If the model file does not give back the same bits, the status is 1.

#include "support/experiment.h"

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;

namespace {

ae::Corruption::Noise noise_named(const std::string& name) {
  if (name == "masking") return ae::Corruption::Noise::masking;
  return name == "gaussian" ? ae::Corruption::Noise::gaussian : ae::Corruption::Noise::salt_and_pepper;
}

ae::DenoisingAutoencoder make_model(const program::Experiment& run, bool dense, const ae::Corruption& noise) {
  if (dense) return ae::DenoisingAutoencoder({.features = run.pixels, .corruption = noise});
  return ae::DenoisingAutoencoder(ae::pooled_halves({.image = {run.image[0], run.image[1]}}),
                                  {.corruption = noise});
}

// The mean squared errors of corrupted and of restored images, the same noise at every call.
struct Noisy {
  double corrupted, restored;
};
Noisy measure(ae::DenoisingAutoencoder& model, const program::Experiment& run) {
  const hg::Generator before = hg::default_generator();
  hg::set_seed(run.flags.seed);
  const auto corrupted = [&](const hg::Tensor& x) { return ae::corrupt(x, model.options().corruption); };
  const auto restored = [&](const hg::Tensor& x) { return ae::reconstruct(model, corrupted(x)); };
  const Noisy out{ae::reconstruction_mse(corrupted, run.test), ae::reconstruction_mse(restored, run.test)};
  hg::default_generator() = before;
  return out;
}

int body(int argc, char** argv) {
  std::string architecture = "conv", noise = "gaussian";
  double strength = 0.4;
  const program::Flags defaults{.epochs = 1, .batch = 128};
  const program::Flags flags = program::parse(
      argc, argv, "Trains a denoising autoencoder and shows what it restores.", defaults,
      {{"--architecture", "fully connected or convolutional", &architecture, {"dense", "conv"}},
       {"--noise", "what is done to the images", &noise, {"gaussian", "masking", "salt_and_pepper"}},
       {"--strength", "of the noise: deviation, or the share of pixels", &strength}});
  program::Experiment run(flags);
  const ae::Corruption corruption{.noise = noise_named(noise), .strength = strength, .clip = true};

  const bool dense = architecture == "dense";
  ae::DenoisingAutoencoder model = make_model(run, dense, corruption);
  hg::training::EpochFigures figures([&] {
    return std::vector<hg::training::Figure>{{"test_bce_per_pixel", ae::evaluate_loss(model, run.test).total},
                                             {"test_mse_per_pixel", ae::reconstruction_mse(model, run.test)},
                                             {"noisy_mse_per_pixel", measure(model, run).restored}};
  });
  const hg::training::History history = run.fit(model, "denoising autoencoder, nats per pixel", {&figures});
  const bool same_bits = run.reloads(model);

  hg::training::Report report;
  const std::int64_t code = hg::no_grad([&] { return model.encode(run.examples(1).x); }).size();
  run.report(model, code, history, report);
  const Noisy errors = measure(model, run);
  const double bce = ae::evaluate_loss(model, run.test).total;
  report.add("test_bce_per_pixel", bce, "nats, restored against clean");
  report.add("corrupted_mse_per_pixel", errors.corrupted);
  report.add("noisy_mse_per_pixel", errors.restored);
  report.add("architecture", architecture);
  report.add("noise", noise);
  report.add("strength", strength);

  // Originals, what the network saw, what it gave back.
  const hg::Tensor x = run.examples(10).x, corrupted = ae::corrupt(x, corruption);
  ae::save_rows(flags.file("restored.png"), {run.as_images(x), run.as_images(corrupted),
                                             run.as_images(ae::reconstruct(model, corrupted))});
  return program::finish(flags, run.digits, report, history, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
