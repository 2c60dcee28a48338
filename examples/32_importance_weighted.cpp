// The importance-weighted autoencoder: the more samples of a code an example is judged by, the closer the
// bound comes to the likelihood itself.
//
//     32_importance_weighted --data mnist --samples 5                              784-200-200-50, 10 epochs
//     32_importance_weighted --data mnist --samples 50 --stages 5 --batch 20       121 epochs, as published
//
// As published (Burda, Grosse & Salakhutdinov 2016, one layer): each pixel is drawn anew each time, black
// with its intensity as probability; Adam with ε = 10⁻⁴; in stage i, from 0, 3^i epochs at 0.001 · 10^(−i/7).
// All eight stages are 3,280 epochs and reach 86.76, 85.54 and 84.78 nats for 1, 5 and 50 samples. What a run
// is to reach stands in tests/examples/reached.sh. If the model file does not give back the same bits, the
// status is 1.

#include "support/experiment.h"

#include <algorithm>
#include <cmath>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;

namespace {

using Objective = ae::ImportanceWeightedOptions::Objective;

// Pixels of 0 and 1, drawn with the intensities as probabilities.
hg::Tensor drawn(const hg::Tensor& x) { return (hg::uniform(x.shape()) < x).to(hg::float32); }

// The stage of an epoch, both from 0: stage i ends after 3^0 + … + 3^i epochs.
std::int64_t stage_of(std::int64_t epoch) {
  std::int64_t stage = 0;
  for (std::int64_t end = 1, length = 3; epoch >= end; end += length, length *= 3) ++stage;
  return stage;
}
std::int64_t epochs_of(std::int64_t stages) {
  return (static_cast<std::int64_t>(std::pow(3, stages)) - 1) / 2;
}

Objective objective_named(const std::string& name) {
  const auto names = enum_names(Objective{});
  return static_cast<Objective>(std::ranges::find(names, name) - names.begin());
}

// Nats per image of test images whose pixels are drawn once, by K samples of each code.
double log_likelihood(ae::Autoencoder& model, const program::Experiment& run, std::int64_t images,
                      std::int64_t k) {
  hg::set_seed(1);
  double sum = 0.0;
  std::int64_t n = 0;
  for (const hg::data::Batch& batch : run.test.epoch()) {
    if (n >= images) break;
    const hg::Tensor x = hg::slice(batch.x, 0, {0, std::min(images - n, batch.x.shape(0))});
    sum += hg::sum(ae::log_likelihood(model, {drawn(x), {}}, k)).item();
    n += x.shape(0);
  }
  return sum / static_cast<double>(n);
}

// Numbers of the code whose means vary over the test images by more than 0.01 (Burda et al., section 5.2).
std::int64_t active_units(ae::Autoencoder& model, const program::Experiment& run) {
  const hg::Tensor variances = hg::var(ae::encode(model, run.test), 0);
  return static_cast<std::int64_t>(hg::sum((variances > 0.01).to(hg::float64)).item());
}

int body(int argc, char** argv) {
  std::string objective = "iwae", doubly = "no";
  std::int64_t samples = 5, groups = 1, latent = 50, stages = 0, judged_by = 500, judged = 500;
  const program::Flags defaults{.epochs = 10, .batch = 100};
  program::Flags flags = program::parse(
      argc, argv, "Trains an autoencoder by importance-weighted bounds.", defaults,
      {{"--objective", "how the samples make a bound", &objective, {"iwae", "miwae", "ciwae", "piwae"}},
       {"--samples", "of the code of each image, in a group", &samples},
       {"--groups", "of samples", &groups},
       {"--doubly", "doubly reparameterised gradient", &doubly, {"no", "yes"}},
       {"--latent", "numbers in the code", &latent},
       {"--stages", "of the published schedule, instead of --epochs", &stages},
       {"--likelihood-samples", "of each code, for the test likelihood", &judged_by},
       {"--likelihood-images", "test images that it is taken of", &judged}});
  if (stages > 0) flags.epochs = epochs_of(stages);
  program::Experiment run(flags);

  ae::ImportanceWeightedAutoencoder model({.features = run.pixels,
                                           .latent = latent,
                                           .objective = objective_named(objective),
                                           .samples = samples,
                                           .groups = groups,
                                           .doubly_reparameterized = doubly == "yes"});
  const double untrained = ae::evaluate_loss(model, run.test).total;
  hg::training::LearningRateScheduler published([&](std::int64_t epoch, double rate) {
    return stages > 0 ? flags.learning_rate * std::pow(10.0, -static_cast<double>(stage_of(epoch)) / 7.0)
                      : rate;
  });
  const auto prepare = [](const hg::data::Batch& b) { return hg::data::Batch{drawn(b.x), b.y}; };
  const hg::training::History history = run.fit(model, "importance-weighted autoencoder, nats per image",
                                                {&published}, {.epsilon = 1e-4, .prepare = prepare});
  const bool same_bits = run.reloads(model);

  hg::training::Report report;
  run.report(model, latent, history, report);
  const ae::LossValues loss = ae::evaluate_loss(model, run.test);
  report.add("untrained_loss", untrained, "nats per image");
  report.add("test_loss", loss.total, "nats per image");
  report.add("test_kl_nats", loss.part("kl"), "nats per image");
  report.add("test_negative_log_likelihood_nats", -log_likelihood(model, run, judged, judged_by),
             "nats per image, pixels drawn");
  report.add("active_units", active_units(model, run));
  report.add("objective", objective);
  report.add("samples", samples);
  report.add("stages", stages);
  const hg::Tensor x = run.examples(20).x;
  ae::save_rows(flags.file("reconstructions.png"),
                {run.as_images(x), run.as_images(ae::reconstruct(model, x))});
  ae::save_grid(flags.file("samples.png"), run.as_images(model.sample(100)), 10);
  return program::finish(flags, run.digits, report, history, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
