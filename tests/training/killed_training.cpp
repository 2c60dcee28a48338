// A training of seconds, for killed_training.sh to kill: with callbacks, checkpoints every 3 batches, and
// files that must be the same however often it was killed.
//
//     killed_training FOLDER

#include <hourglass/autoencoders/variational.h>
#include <hourglass/files/state.h>
#include <hourglass/optim.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/training/callbacks.h>

#include <cstdio>

namespace hg = hourglass;

int main(int /*argc*/, char** argv) {
  const std::string folder = argv[1];
  hg::set_seed(1);
  const hg::data::Batches train(hg::uniform({600, 100}), {.batch_size = 20, .shuffle = true});
  const hg::data::Batches validation(hg::uniform({100, 100}));
  hg::autoencoders::VariationalAutoencoder model({.features = 100, .hidden = {50}, .latent = 5});
  hg::optim::Adam adam({.learning_rate = hg::optim::ExponentialDecay{0.05, 50, 0.9}});
  hg::training::EarlyStopping stopping({.patience = 6, .restore_best_weights = true});
  hg::training::ReduceLROnPlateau reduce({.plateau = {.factor = 0.5, .patience = 2}});
  hg::training::ModelCheckpoint best(folder + "/best.h5");
  const hg::training::History history =
      hg::training::fit(model, adam, [&](const hg::data::Batch& b) { return model.loss(b.x); }, train,
                        {.epochs = 20,
                         .validation = &validation,
                         .callbacks = {&stopping, &reduce, &best},
                         .verbose = hg::training::Verbose::silent,
                         .checkpoint = {.path = folder + "/checkpoint.h5", .every_batches = 3}});
  if (history.interrupted) return 3;
  history.to_csv(folder + "/history.csv");
  hg::training::write_text(folder + "/weights.sha256", hg::files::weights_sha256(model) + "\n");
}
