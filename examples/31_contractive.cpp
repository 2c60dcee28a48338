// The contractive autoencoder beside the same network without its penalty: at about the same error its code
// moves far less when an image changes a little, and a linear classifier reads digits off it better.
//
//     31_contractive --data mnist --epochs 20
//
// Prints for both: the test error, ‖J‖_F, the norm of the code's Jacobian, and the share of test digits that
// one linear layer on the code gets wrong; tangents.png shows the directions along which the code of one
// digit moves most. What each run is to reach stands in tests/examples/reached.sh. If the model file does not
// give back the same bits, the status is 1.

#include "support/experiment.h"

#include <fmt/format.h>

#include <cmath>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;
namespace nn = hourglass::nn;

namespace {

// The share of test images that a linear layer on the code gets wrong, trained on the codes of the others.
double linear_error(ae::Autoencoder& model, const program::Experiment& run) {
  const hg::data::Batches in_order(run.digits.train.images, {.batch_size = 500});
  const hg::Tensor codes = ae::encode(model, in_order), test = ae::encode(model, run.test);
  hg::set_seed(run.flags.seed);
  nn::Dense classifier(codes.shape(1), 10);
  hg::optim::Adam adam({.learning_rate = 5e-3});
  const hg::data::Batches train(codes, run.digits.train.labels, {.batch_size = 100, .shuffle = true});
  const auto loss = [&](const hg::data::Batch& b) {
    return nn::sparse_categorical_crossentropy(classifier(b.x), b.y, {.from_logits = true});
  };
  (void)hg::training::fit(classifier, adam, loss, train,
                          {.epochs = 10, .verbose = hg::training::Verbose::silent});
  return 1.0 - hg::accuracy(classifier(test), run.digits.test.labels);
}

// The directions along which the code of one image moves most: the first right singular vectors of J.
// (1, D) -> (D, 8)
hg::Tensor tangents(ae::ContractiveAutoencoder& model, const hg::Tensor& x) {
  const hg::Tensor h = hg::no_grad([&] { return model.encode(x).value(); });  // (1, L)
  const hg::Tensor w = model.encoder.get<nn::Dense>(0).kernel.value();        // (D, L)
  const hg::Tensor j = w * (h * (1.0 - h));                                   // Jᵀ, a column a unit
  const auto [values, vectors] = hg::eigh(hg::matmul(j, hg::transpose(j)).to(hg::float64));
  return hg::flip(hg::slice(vectors, 1, {vectors.shape(1) - 8, vectors.shape(1)}), {1}).to(hg::float32);
}

struct Result {
  double mse, jacobian, wrong;
};

Result measure(ae::ContractiveAutoencoder& model, const program::Experiment& run) {
  double squared = 0.0;
  for (const hg::data::Batch& b : run.test.epoch())
    squared += hg::no_grad([&] { return model.contraction(b.x).item(); }) * static_cast<double>(b.x.shape(0));
  return {ae::reconstruction_mse(model, run.test), std::sqrt(squared / static_cast<double>(run.test.size())),
          linear_error(model, run)};
}

int body(int argc, char** argv) {
  double strength = 1e-4;
  std::int64_t latent = 256;
  const program::Flags defaults{.epochs = 20, .batch = 100};
  const program::Flags flags = program::parse(
      argc, argv, "Trains a contractive autoencoder, and the same without its penalty.", defaults,
      {{"--strength", "weight of the penalty", &strength}, {"--latent", "numbers in the code", &latent}});
  program::Experiment run(flags);
  const auto make = [&](double s) {
    hg::set_seed(flags.seed);
    return ae::ContractiveAutoencoder({.features = run.pixels, .latent = latent, .strength = s});
  };
  ae::ContractiveAutoencoder plain = make(0.0), model = make(strength);
  hg::optim::Adam adam({.learning_rate = flags.learning_rate});
  hg::set_seed(flags.seed);
  (void)hg::training::fit(plain, adam,
                          [&](const hg::data::Batch& b) -> hg::Variable { return plain.loss(b.x); },
                          run.train, {.epochs = flags.epochs, .verbose = hg::training::Verbose::silent});
  hg::set_seed(flags.seed);
  const hg::training::History history = run.fit(model, "contractive autoencoder, nats per pixel");
  const bool same_bits = run.reloads(model);

  hg::training::Report report;
  run.report(model, latent, history, report);
  const Result with = measure(model, run), without = measure(plain, run);
  report.add("strength", strength);
  report.add("test_mse_per_pixel_plain", without.mse);
  report.add("jacobian_norm", with.jacobian);
  report.add("jacobian_norm_plain", without.jacobian);
  report.add("linear_error", with.wrong, "of the test images");
  report.add("linear_error_plain", without.wrong, "of the test images");
  const hg::Tensor x = run.examples(10).x;
  ae::save_rows(
      flags.file("reconstructions.png"),
      {run.as_images(x), run.as_images(ae::reconstruct(model, x)), run.as_images(ae::reconstruct(plain, x))});
  ae::save_features(flags.file("tangents.png"), tangents(model, hg::slice(x, 0, {0, 1})), run.image);
  return program::finish(flags, run.digits, report, history, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
