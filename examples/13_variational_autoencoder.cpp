// The variational autoencoder: codes that are clouds instead of points, laid out so that any code drawn from
// a normal distribution decodes to an image. It generates digits that nobody wrote.
//
//     13_variational_autoencoder --data mnist                                      784-400-20, 10 epochs
//     13_variational_autoencoder --data mnist --architecture conv --latent 2       a plane of codes
//
// On MNIST, after 10 epochs with batches of 128, the negative ELBO of the test images is about 105.7 nats
// with the first, 154.0 with the second. What each run is to reach stands in tests/examples/reached.sh. If
// the model file does not give back the same bits, the status is 1.

#include "support/experiment.h"

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;

namespace {

ae::VariationalAutoencoder make_model(const program::Experiment& run, bool dense, std::int64_t latent,
                                      double beta) {
  if (dense) return ae::VariationalAutoencoder({.features = run.pixels, .latent = latent, .beta = beta});
  return ae::VariationalAutoencoder(
      ae::strided_halves({.image = {run.image[0], run.image[1]}, .latent = latent, .heads = 2}),
      {.beta = beta});
}

// The two numbers of the code that say most: those whose means vary most.
std::vector<std::int64_t> busiest_two(const hg::Tensor& codes) {
  const hg::Tensor order = ae::largest_first(hg::var(codes, 0));
  const auto* const axes = order.data<std::int64_t>();
  return {axes[0], axes[order.size() > 1 ? 1 : 0]};
}

// Codes on a square grid over two axes from −2 to 2, the second upwards, the others 0.    (n², latent)
hg::Tensor plane(std::int64_t n, std::int64_t latent, const std::vector<std::int64_t>& axes) {
  hg::Tensor codes = hg::zeros({n * n, latent});
  float* const to = codes.mutable_data<float>();
  const auto at = [&](std::int64_t i) {
    return -2.0F + 4.0F * static_cast<float>(i) / static_cast<float>(n - 1);
  };
  for (std::int64_t i = 0; i < n * n; ++i) {
    to[i * latent + axes[1]] = -at(i / n);
    to[i * latent + axes[0]] = at(i % n);
  }
  return codes;
}

// By 50 samples of the code of each of 500 test images.
double log_likelihood(ae::VariationalAutoencoder& model, const program::Experiment& run) {
  return hg::mean(model.log_likelihood(run.examples(500).x, 50)).item();
}

void draw(ae::VariationalAutoencoder& model, program::Experiment& run, std::int64_t latent) {
  const program::Flags& flags = run.flags;
  const hg::Tensor x = run.examples(20).x;
  ae::save_rows(flags.file("reconstructions.png"),
                {run.as_images(x), run.as_images(ae::reconstruct(model, x))});
  ae::save_grid(flags.file("samples.png"), run.as_images(model.sample(100)), 10);

  // From each digit to the next, ten steps.
  const std::int64_t pairs = std::min<std::int64_t>(x.shape(0) - 1, 9);
  std::vector<hg::Tensor> ways;
  for (std::int64_t i = 0; i < pairs; ++i) ways.push_back(model.interpolate(x[i], x[i + 1], 10));
  if (pairs > 0) ae::save_grid(flags.file("interpolations.png"), run.as_images(hg::concat(ways, 0)), 10);

  const hg::Tensor codes = ae::encode(model, run.test);
  const std::vector<std::int64_t> axes = busiest_two(codes);
  const hg::Tensor walk = hg::no_grad([&] { return model.decode(plane(20, latent, axes)).value(); });
  ae::save_grid(flags.file("latent_walk.png"), run.as_images(walk), 20, 0);
  if (latent < 2) return;
  const hg::Tensor which =
      hg::tensor({static_cast<double>(axes[0]), static_cast<double>(axes[1])}).to(hg::int64);
  ae::draw_scatter(
      flags.out, "latent_scatter",
      {"where the test images lie", "code " + std::to_string(axes[0]), "code " + std::to_string(axes[1])},
      hg::take(codes, which, 1), run.digits.test.labels);
}

int body(int argc, char** argv) {
  std::string architecture = "dense";
  std::int64_t latent = 20;
  double beta = 1.0;
  const program::Flags defaults{.epochs = 10, .batch = 128};
  const program::Flags flags = program::parse(
      argc, argv, "Trains a variational autoencoder and lets it make digits.", defaults,
      {{"--architecture", "fully connected or convolutional", &architecture, {"dense", "conv"}},
       {"--latent", "numbers in the code", &latent},
       {"--beta", "weight of the KL term", &beta}});
  program::Experiment run(flags);
  const bool dense = architecture == "dense";

  ae::VariationalAutoencoder model = make_model(run, dense, latent, beta);
  const double untrained = ae::evaluate_loss(model, run.test).total;
  hg::training::EpochFigures figures([&] {
    const ae::LossValues v = ae::evaluate_loss(model, run.test);
    return std::vector<hg::training::Figure>{{"test_mse_per_pixel", ae::reconstruction_mse(model, run.test)},
                                             {"test_negative_elbo_nats", v.reconstruction + v.part("kl")},
                                             {"test_kl_nats", v.part("kl")},
                                             {"test_log_likelihood_nats", log_likelihood(model, run)}};
  });
  const hg::training::History history = run.fit(model, "variational autoencoder, nats per image", {&figures});
  const bool same_bits = run.reloads(model);

  hg::training::Report report;
  run.report(model, latent, history, report);
  const ae::LossValues loss = ae::evaluate_loss(model, run.test);
  const double negative_elbo = loss.reconstruction + loss.part("kl");
  report.add("test_negative_elbo_nats", negative_elbo, "nats per image");
  report.add("test_reconstruction_nats", loss.reconstruction, "nats per image");
  report.add("test_kl_nats", loss.part("kl"), "nats per image");
  report.add("test_log_likelihood_nats", log_likelihood(model, run), "nats per image, of 500 images");
  report.add("untrained_loss", untrained, "nats per image");
  report.add("test_loss", loss.total, "nats per image");
  report.add("architecture", architecture);
  report.add("beta", beta);
  draw(model, run, latent);
  return program::finish(flags, run.digits, report, history, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
