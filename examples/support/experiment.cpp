#include "experiment.h"

namespace program {

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;
namespace data = hourglass::data;

Experiment::Experiment(const Flags& given)
    : flags(given),
      digits(load_data(given)),
      image(digits.train.images.shape().without(0)),
      pixels(image.size()),
      train(training_batches(digits, given)),
      test(test_batches(digits)) {}

hg::training::History Experiment::fit(ae::Autoencoder& model, const std::string& title,
                                      const std::vector<hg::training::Callback*>& callbacks, const How& how) {
  untrained_ = ae::reconstruction_mse(model, test);
  if (!begin(flags, model, {pixels})) return {};
  hg::optim::Adam adam({.learning_rate = flags.learning_rate, .epsilon = how.epsilon});
  const std::string path = flags.file("model.h5");
  const hg::files::ModelNotes notes{.data = digits.name, .seed = flags.seed};
  const auto loss_of_batch = [&](const data::Batch& batch) -> hg::Variable {
    return model.loss_of_batch(how.prepare ? how.prepare(batch) : batch);
  };
  const hg::training::FitOptions options{
      .epochs = flags.epochs,
      .validation = &test,
      .callbacks = callbacks,
      .checkpoint = {.path = path, .resume = flags.resume, .notes = notes}};
  const auto of_a_phase = [&] {  // critics and what deceives them go in circles with a long memory
    return std::make_unique<hg::optim::Adam>(
        hg::optim::AdamOptions{.learning_rate = flags.learning_rate, .beta_1 = 0.5});
  };
  hg::training::History history = dynamic_cast<ae::Phased*>(&model)
                                      ? ae::fit_kind(model, of_a_phase, train, options)
                                      : hg::training::fit(model, adam, loss_of_batch, train, options);
  if (history.epochs.empty()) hg::training::save_checkpoint(path, model, adam, 0, notes);  // --epochs 0
  hg::training::draw_curves(history, flags.out, title);
  return history;
}

bool Experiment::reloads(ae::Autoencoder& model) const {
  if (!flags.load.empty()) return true;
  const auto again = hg::files::load_model<ae::Autoencoder>(flags.file("model.h5"));
  return ae::reconstruction_sha256(model, test) == ae::reconstruction_sha256(*again, test);
}

void Experiment::report(ae::Autoencoder& model, std::int64_t code, const hg::training::History& history,
                        hg::training::Report& report) const {
  ae::report_errors(report, model, code, untrained_, digits.train.images, test);
  report.add_run(model, history);
}

data::Batch Experiment::examples(std::int64_t n) const {
  const hg::Tensor chosen = ae::one_of_each(digits.test.labels, n);
  const hg::Tensor images = hg::take(digits.test.images, chosen).to(hg::float32) / 255.0;
  return {hg::flatten(images, 1), hg::take(digits.test.labels, chosen)};
}

hg::Tensor Experiment::as_images(const hg::Tensor& x) const {
  return hg::reshape(x, image.insert(0, x.shape(0)));
}

}  // namespace program
