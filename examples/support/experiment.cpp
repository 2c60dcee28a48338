#include "experiment.h"

#include <fmt/format.h>

namespace program {

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;
namespace data = hourglass::data;

namespace {

data::Batches training_batches(const data::DataSplit& digits, const Flags& flags) {
  return data::Batches(digits.train.images, {.batch_size = flags.batch, .shuffle = true, .seed = flags.seed});
}

}  // namespace

Experiment::Experiment(const Flags& given)
    : flags(given),
      digits(load_data(given)),
      image(digits.train.images.shape().without(0)),
      pixels(image.size()),
      train(training_batches(digits, given)),
      test(digits.test.images, {.batch_size = 500}) {}

hg::training::History Experiment::fit(ae::Autoencoder& model, const std::string& title,
                                      const std::vector<hg::training::Callback*>& callbacks) {
  fmt::print("{}\n", hg::nn::summary(model, {pixels}));
  untrained_ = ae::mse_per_pixel(model, test);
  if (!flags.load.empty()) {
    hg::files::load(flags.load, model);
    return {};
  }
  hg::optim::Adam adam({.learning_rate = flags.learning_rate});
  const auto loss_of_batch = [&](const data::Batch& batch) -> hg::Variable { return model.loss(batch.x); };
  hg::training::History history =
      hg::training::fit(model, adam, loss_of_batch, train,
                        {.epochs = flags.epochs, .validation = &test, .callbacks = callbacks});
  hg::training::save_checkpoint(flags.file("model.h5"), model, adam, flags.epochs);
  hg::training::draw_curves(history, flags.out, title);
  return history;
}

bool Experiment::reloads(ae::Autoencoder& model, ae::Autoencoder& fresh) {
  hg::files::load(flags.load.empty() ? flags.file("model.h5") : flags.load, fresh);
  const bool same = ae::reconstruction_sha256(model, test) == ae::reconstruction_sha256(fresh, test);
  if (!same) fmt::print(stderr, "The model file does not give back the same reconstructions.\n");
  return same;
}

Errors Experiment::report(ae::Autoencoder& model, std::int64_t code, const hg::training::History& history,
                          Report& report) {
  const ae::Baselines baselines(data::Batches(digits.train.images, {.batch_size = 1000}));
  const auto pca = [&](std::int64_t k) { return baselines.pca_mse(test, std::min(k, pixels)); };
  const Errors e{untrained_, baselines.mean_image_mse(test), pca(code), ae::mse_per_pixel(model, test)};
  report.add_error("untrained", "before training", e.untrained, pixels);
  report.add_error("baseline_mean", "the mean image", e.mean_image, pixels);
  report.add_error("baseline_pca_30", "PCA, 30 components", pca(30), pixels);
  report.add_error("baseline_pca", fmt::format("PCA, {} components", std::min(code, pixels)), e.pca, pixels);
  report.add_error("test", "this autoencoder", e.trained, pixels);
  report.add_run(model, history, flags);
  report.add("code_size", code);
  report.add("data", digits.name);
  report.add("reconstruction_sha256", ae::reconstruction_sha256(model, test));
  return e;
}

data::Batch Experiment::examples(std::int64_t n) const {
  const hg::Tensor chosen = ae::one_of_each(digits.test.labels, n);
  const hg::Tensor images = hg::take(digits.test.images, chosen).to(hg::float32) / 255.0;
  return {hg::flatten(images, 1), hg::take(digits.test.labels, chosen)};
}

hg::Tensor Experiment::as_images(const hg::Tensor& x) const {
  return hg::reshape(x, image.insert(0, x.shape(0)));
}

bool Experiment::is_published_setting(const Flags& defaults) const {
  return digits.name == "mnist" && flags.limit == 0 && flags.batch == defaults.batch &&
         flags.learning_rate == defaults.learning_rate && flags.load.empty();
}

}  // namespace program
