// The sparse autoencoder: 1,024 units for 784 pixels, of which only a few may be active for an image. Each
// comes to stand for a stroke.
//
//     12_sparse_autoencoder --data mnist --penalty l1|kl|topk
//     12_sparse_autoencoder --data mnist --penalty topk --strength 25       exactly 25 active units an image
//
// On MNIST, after 10 epochs with batches of 128, the mean squared error per pixel is about 0.0032 with l1,
// where 12% of the units are active, 0.0055 with kl, where their mean activity is 0.05, and 0.0089 with topk.
// What each run is to reach stands in tests/examples/reached.sh. If the model file does not give back the
// same bits, the status is 1.

#include "support/experiment.h"

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;

namespace {

using Penalty = ae::SparseOptions::Penalty;

Penalty penalty_named(const std::string& name) {
  if (name == "kl") return Penalty::kl;
  return name == "l1" ? Penalty::l1 : Penalty::top_k;
}

// What --strength means: the weight s of a penalty, or the number of units that topk keeps.
ae::SparseOptions options_for(const std::string& penalty, std::int64_t latent, double strength) {
  ae::SparseOptions options{.latent = latent, .penalty = penalty_named(penalty)};
  options.k = std::min(options.k, latent);
  if (strength < 0.0) return options;
  if (options.penalty != Penalty::top_k) {
    options.strength = strength;
    return options;
  }
  options.k = strength <= static_cast<double>(latent) ? static_cast<std::int64_t>(strength) : 0;
  if (options.k < 1 || static_cast<double>(options.k) != strength) {
    throw hg::DataError("--strength: topk keeps a whole number of units from 1 to {}, got {}", latent,
                        strength);
  }
  return options;
}

// Of the units that are active most often, what each looks for (features) and what each draws (strokes); and
// how often units are active.
void draw(ae::SparseAutoencoder& model, program::Experiment& run, const ae::Activity& activity) {
  const hg::Tensor x = run.examples(20).x;
  ae::save_rows(run.flags.file("reconstructions.png"),
                {run.as_images(x), run.as_images(ae::reconstruct(model, x))});
  const hg::Tensor order = hg::slice(ae::largest_first(activity.of_units), 0, {0, 144});
  const auto kernel = [](hg::nn::Sequential& half) {
    return hg::nn::parameters(half).front().variable.value();
  };
  ae::save_features(run.flags.file("features.png"), hg::take(kernel(model.encoder), order, 1), run.image,
                    144);
  ae::save_features(run.flags.file("strokes.png"), hg::transpose(hg::take(kernel(model.decoder), order, 0)),
                    run.image, 144);
  ae::draw_histogram(run.flags.out, "activity",
                     {"how often the units of the code are active", "share of the test images", "units"},
                     activity.of_units);
}

int body(int argc, char** argv) {
  std::string penalty = "l1";
  std::int64_t latent = 1024;
  double strength = -1.0;
  const program::Flags defaults{.epochs = 10, .batch = 128};
  const program::Flags flags = program::parse(
      argc, argv, "Trains a sparse autoencoder and shows what its units stand for.", defaults,
      {{"--penalty", "what keeps the code sparse", &penalty, {"l1", "kl", "topk"}},
       {"--latent", "units of the code", &latent},
       {"--strength", "of the penalty; with topk the units kept (default: l1 0.1, kl 0.001, topk 25)",
        &strength}});
  ae::SparseOptions options = options_for(penalty, latent, strength);
  program::Experiment run(flags);
  options.features = run.pixels;
  ae::SparseAutoencoder model(options);
  hg::training::EpochFigures figures([&] {
    const ae::Activity a = ae::measure_activity(model, run.test);
    return std::vector<hg::training::Figure>{{"test_mse_per_pixel", ae::reconstruction_mse(model, run.test)},
                                             {"active_fraction", a.active_fraction},
                                             {"dead_units", static_cast<double>(a.dead_units)}};
  });
  const hg::training::History history =
      run.fit(model, "sparse autoencoder (" + penalty + "), squared error per pixel", {&figures});
  const bool same_bits = run.reloads(model);

  hg::training::Report report;
  run.report(model, latent, history, report);
  const ae::Activity activity = ae::measure_activity(model, run.test);
  report.add("active_fraction", activity.active_fraction, "of the units, for an image");
  report.add("mean_activity", activity.mean_activity);
  report.add("dead_units", activity.dead_units);
  report.add("penalty", penalty);
  report.add("strength",
             options.penalty == Penalty::top_k ? static_cast<double>(options.k) : model.strength());
  draw(model, run, activity);
  return program::finish(flags, run.digits, report, history, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
