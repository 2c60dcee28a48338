// A training of seconds, for killed_training.sh to kill: with all callbacks, backups every 3 batches, and
// files that must be the same however often it was killed.
//
//     killed_training FOLDER [KIND]

#include <hourglass/autoencoders.h>
#include <hourglass/files/state.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/callbacks.h>

#include <memory>

namespace hg = hourglass;
namespace ht = hg::training;
namespace ae = hg::autoencoders;

namespace {

// How many batches there were: what a function remembers, and has to go into the backup.
struct Count {
  [[nodiscard]] std::vector<hg::NamedTensor> state() const { return {{"batches", hg::full({}, batches)}}; }
  void set_state(std::span<const hg::NamedTensor> state) { batches = state.front().value.item(); }
  double batches = 0.0;
};

std::vector<ht::NamedImage> images_of(ae::Autoencoder& model, std::int64_t epoch) {
  return {{"made of noise", model.reconstruct(hg::uniform({8, 64})).value()},
          {"epoch", hg::full({4, 4, 3}, static_cast<double>(epoch) / 20.0)}};
}

std::unique_ptr<ae::Autoencoder> make(const std::string& kind) {
  if (kind == "basic") return std::make_unique<ae::BasicAutoencoder>(ae::BasicOptions{.features = 64});
  if (kind == "denoising")
    return std::make_unique<ae::DenoisingAutoencoder>(ae::DenoisingOptions{.features = 64, .hidden = {50}});
  if (kind == "sparse")
    return std::make_unique<ae::SparseAutoencoder>(ae::SparseOptions{.features = 64, .latent = 100});
  if (kind == "convolutional")
    return std::make_unique<ae::ConvolutionalAutoencoder>(ae::ConvolutionalOptions{.image = 8});
  if (kind == "tabular") {
    const std::vector<ae::TableColumn> columns(64);
    return std::make_unique<ae::TabularAutoencoder>(ae::TabularOptions{.columns = columns});
  }
  if (kind != "variational") throw hg::DataError("there is no kind \"{}\"; see make()", kind);
  return std::make_unique<ae::VariationalAutoencoder>(
      ae::VariationalOptions{.features = 64, .hidden = {50}, .latent = 5});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argv[1];
  hg::set_seed(1);
  const hg::data::Batches train(hg::uniform({600, 64}), {.batch_size = 20, .shuffle = true});
  const hg::Tensor unseen = hg::uniform({100, 64});
  const hg::data::Batches validation(unseen);
  const auto model = make(argc > 2 ? argv[2] : "variational");
  hg::optim::Adam adam({.learning_rate = hg::optim::ExponentialDecay{0.05, 50, 0.9}});

  Count count;
  ht::BackupAndRestore backup(folder + "/backup.h5",
                              {.save_freq = 3, .delete_checkpoint = false, .also = {{"count", count}}});
  ht::LambdaCallback counting(
      {.on_batch_end = [&](ht::TrainingState&, std::int64_t, double) { ++count.batches; }});
  ht::SwapEMAWeights averages({.momentum = 0.9, .swap_on_epoch = true});
  ht::LearningRateScheduler slower(
      [](std::int64_t epoch, double rate) { return epoch % 4 == 3 ? 0.9 * rate : rate; });
  ht::EpochFigures figures([&] {
    const hg::Tensor kernel = hg::nn::parameters(*model).front().variable.value();
    return std::vector<ht::Figure>{{"batches", count.batches}, {"val_largest", hg::max(kernel).item()}};
  });
  ht::ReduceLROnPlateau reduce({.plateau = {.factor = 0.5, .patience = 2}});
  ht::EarlyStopping stopping({.patience = 6, .restore_best_weights = true});
  ht::ModelCheckpoint best(folder + "/best.h5");
  ht::TerminateOnNaN terminate;
  ht::CSVLogger log(folder + "/log.csv");
  ht::TensorBoard board(folder + "/logs",
                        {.histogram_freq = 3,
                         .update_freq = 4,
                         .images = [&](std::int64_t epoch) { return images_of(*model, epoch); },
                         .images_freq = 5});
  ht::Pictures pictures = ae::reconstruction_pictures(*model, hg::slice(unseen, 0, {0, 10}),
                                                      folder + "/pictures", {.every = 5, .image = {8, 8}});
  const ht::History history =
      ht::fit(*model, adam, [&](const hg::data::Batch& b) { return model->loss(b.x); }, train,
              {.epochs = 20,
               .validation = &validation,
               .callbacks = {&backup, &counting, &averages, &slower, &figures, &reduce, &stopping, &best,
                             &terminate, &log, &board, &pictures},
               .verbose = ht::Verbose::silent});
  if (history.interrupted) return 3;
  history.to_csv(folder + "/history.csv");
  ht::write_text(folder + "/weights.sha256", hg::files::weights_sha256(*model) + "\n");
}
