// The sparse autoencoder: 1,024 units for 784 pixels, of which only a few may be active for an image. Each
// comes to stand for a stroke.
//
//     12_sparse_autoencoder --data mnist --penalty l1|kl|topk
//
// Expected on MNIST after 10 epochs with batches of 128:
//   l1    fewer than 12.5% of the units active at a mean squared error of at most 0.0035 per pixel
//   kl    a mean activity within 0.02 of the target of 0.05
//   topk  exactly 25 units active at an error of at most 0.0095
// For any other data or budget: an error below that of the mean image once there were 450 steps on 1,000
// images, below that of the untrained network before; and exactly 25 units with topk. If the result is worse,
// or the model file does not give back the same bits, the program's status is 1.

#include "support/experiment.h"

#include <fmt/format.h>

#include <cmath>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;

namespace {

using Penalty = ae::SparseOptions::Penalty;

Penalty penalty_named(const std::string& name) {
  if (name == "kl") return Penalty::kl;
  return name == "l1" ? Penalty::l1 : Penalty::top_k;
}

// Whether the code is as sparse as it was to be; says so if not.
bool is_sparse(const ae::SparseOptions& o, const ae::Activity& activity, bool published) {
  const double kept = static_cast<double>(o.k) / static_cast<double>(o.hidden);
  const bool good = o.penalty == Penalty::top_k ? std::abs(activity.active_fraction - kept) < 1e-9
                    : !published                ? true
                    : o.penalty == Penalty::l1  ? activity.active_fraction < 0.125
                                                : std::abs(activity.mean_activity - o.target) < 0.02;
  if (!good) {
    fmt::print(
        stderr,
        "The code is not as sparse as it was to be: {:.4f} of the units active, mean activity {:.4f}\n",
        activity.active_fraction, activity.mean_activity);
  }
  return good;
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
  std::int64_t hidden = 1024;
  double strength = -1.0;
  const program::Flags defaults{.epochs = 10, .batch = 128};
  const program::Flags flags =
      program::parse(argc, argv, "Trains a sparse autoencoder and shows what its units stand for.", defaults,
                     {{"--penalty", "what keeps the code sparse", &penalty, {"l1", "kl", "topk"}},
                      {"--hidden", "units of the code", &hidden},
                      {"--strength", "of the penalty (default: 0.1 for l1, 0.001 for kl)", &strength}});
  program::Experiment run(flags);

  ae::SparseOptions options{.features = run.pixels, .hidden = hidden, .penalty = penalty_named(penalty)};
  options.strength = strength >= 0.0 ? strength : options.penalty == Penalty::kl ? 0.001 : 0.1;
  options.k = std::min(options.k, hidden);
  ae::SparseAutoencoder model(options);
  hg::training::EpochFigures figures([&] {
    const ae::Activity a = ae::measure_activity(model, run.test);
    return std::vector<hg::training::Figure>{{"test_mse_per_pixel", ae::mse_per_pixel(model, run.test)},
                                             {"active_fraction", a.active_fraction},
                                             {"dead_units", static_cast<double>(a.dead_units)}};
  });
  const hg::training::History history =
      run.fit(model, "sparse autoencoder (" + penalty + "), squared error per pixel", {&figures});
  ae::SparseAutoencoder fresh(options);
  const bool same_bits = run.reloads(model, fresh);

  program::Report report;
  const program::Errors errors = run.report(model, hidden, history, report);
  const ae::Activity activity = ae::measure_activity(model, run.test);
  report.add("active_fraction", activity.active_fraction, "of the units, for an image");
  report.add("mean_activity", activity.mean_activity);
  report.add("dead_units", activity.dead_units);
  report.save(flags.file("metrics.json"));
  draw(model, run, activity);
  program::done(flags);

  const auto epochs = static_cast<std::int64_t>(history.epochs.size());
  const bool published =
      run.is_published_setting(defaults) && hidden == 1024 && strength < 0.0 && epochs >= 10;
  const bool sparse = is_sparse(options, activity, published);
  const bool trained = epochs * run.train.batch_count() >= 450 && run.train.size() >= 1000;
  const double most = published && penalty == "l1"     ? 0.0035
                      : published && penalty == "topk" ? 0.0095
                      : trained                        ? errors.mean_image
                                                       : errors.untrained;
  return program::verdict("error", errors.trained, most, same_bits && sparse);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
