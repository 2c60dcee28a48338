// The vector-quantised autoencoder: an image becomes 7 x 7 words of a vocabulary that it learns. With 128
// words that is 43 bytes an image.
//
//     33_vector_quantized --data mnist --epochs 20
//     33_vector_quantized --data mnist --codebook moving_average
//
// The setting and the published figures are keras.io's: code vectors of 16 numbers, 128 codes, batches of
// 128, the error divided by the variance of the training pixels, .0612 after 10 epochs, .0486 after 20, at
// best .0452. What each run is to reach stands in tests/examples/reached.sh. If the model file does not give
// back the same bits, the status is 1.

#include "support/experiment.h"

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;

namespace {

// The codes of some images as grey levels, side by side with the images.
void draw_codes(ae::VectorQuantizedAutoencoder& model, const program::Experiment& run, std::int64_t codes) {
  const hg::Tensor x = run.examples(10).x, k = model.indices(x);
  const hg::Tensor grey = hg::unsqueeze(k.to(hg::float32) / static_cast<double>(codes), -1);  // (n, h, w, 1)
  const std::int64_t times = run.image[0] / k.shape(1);
  const hg::Tensor large = hg::reshape(hg::upsample2d(grey, times), {x.shape(0), run.image[0], run.image[1]});
  ae::save_rows(run.flags.file("codes.png"), {run.as_images(x), large});
}

int body(int argc, char** argv) {
  std::string codebook = "loss";
  std::int64_t latent = 16, codes = 128;
  const program::Flags defaults{.epochs = 10, .batch = 128};
  const program::Flags flags =
      program::parse(argc, argv, "Trains a vector-quantised autoencoder.", defaults,
                     {{"--codebook", "how the codes learn", &codebook, {"loss", "moving_average"}},
                      {"--latent", "numbers in a code vector", &latent},
                      {"--codes", "words of the vocabulary", &codes}});
  program::Experiment run(flags);
  const double variance = hg::var(run.digits.train.images.to(hg::float32) / 255.0).item();
  ae::VectorQuantizedAutoencoder model(
      {.image = {run.image[0], run.image[1]}, .latent = latent, .codes = codes, .variance = variance});
  if (codebook == "moving_average")
    model.quantizer = hg::nn::VectorQuantizer(codes, latent, {.moving_average = 0.99});
  hg::training::EpochFigures figures([&] {
    return std::vector<hg::training::Figure>{
        {"test_reconstruction", ae::evaluate_loss(model, run.test).reconstruction}};
  });
  const hg::training::History history =
      run.fit(model, "vector-quantised autoencoder, error over variance", {&figures});
  const bool same_bits = run.reloads(model);

  hg::training::Report report;
  const std::int64_t places = model.indices(run.examples(1).x).size();
  run.report(model, places * latent, history, report);
  double train_reconstruction = 0.0;
  if (!history.epochs.empty()) {
    train_reconstruction = ae::evaluate_loss(model, run.train).reconstruction;
    report.add("train_reconstruction", train_reconstruction, "squared error over the variance of pixels");
  }
  report.add("test_reconstruction", ae::evaluate_loss(model, run.test).reconstruction,
             "squared error over the variance of pixels");
  const ae::CodeUse use = ae::code_use(model.indices(run.examples(1000).x), codes);
  report.add("codes_used", use.used);
  report.add("perplexity", use.perplexity, "of " + std::to_string(codes));
  report.add("bytes_per_image",
             std::ceil(static_cast<double>(places) * std::log2(static_cast<double>(codes)) / 8.0));
  report.add("codebook", codebook);
  const hg::Tensor x = run.examples(20).x;
  ae::save_rows(flags.file("reconstructions.png"),
                {run.as_images(x), run.as_images(hg::clip(ae::reconstruct(model, x), 0.0, 1.0))});
  draw_codes(model, run, codes);
  return program::finish(flags, run.digits, report, history, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
