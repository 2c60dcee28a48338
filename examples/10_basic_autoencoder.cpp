// The basic autoencoder: 784 pixels through a code of 64 numbers and back. What gets through the narrow place
// is what the images have in common.
//
//     10_basic_autoencoder --data mnist --batch 32 --epochs 7
//
// Expected on MNIST with these flags: a mean squared error per pixel on the test images, after epochs 1 to 7,
// of at most 0.0093 0.0056 0.0048 0.0045 0.0043 0.0043 0.0041 (mean of several seeds; a single one may lie 5%
// above), beside 0.0675 for the mean image and 0.0090 for PCA with 64 components.
//
// For any other data, network or budget, below the error of the untrained network; from 500 steps on at least
// 1,000 images, below the mean image's; from 10,000 steps on at least 10,000 images, with this batch size and
// the learning rate of 0.001 and a code of 64 numbers or fewer, below that of PCA with as many components. If
// the result is worse, or the model file does not give back the same bits, the program's status is 1.

#include "support/program.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;
namespace data = hourglass::data;

namespace {

struct Errors {
  double untrained, mean_image, pca, trained;
};

// What the error may be at most, by the rule at the top. `published`: with the data and the network there.
double bound(const Errors& e, const data::Batches& train, const program::Flags& flags, std::int64_t epochs,
             bool published, bool small_code) {
  constexpr double kPublished[] = {0.0093, 0.0056, 0.0048, 0.0045, 0.0043, 0.0043, 0.0041}, kOneSeed = 1.05;
  const bool usual = flags.batch == 32 && flags.learning_rate == 1e-3;
  if (published && usual && epochs >= 1) return kOneSeed * kPublished[std::min<std::int64_t>(epochs, 7) - 1];
  const std::int64_t steps = epochs * train.batch_count();
  if (usual && small_code && steps >= 10'000 && train.size() >= 10'000) return e.pca;
  return steps >= 500 && train.size() >= 1'000 ? e.mean_image : e.untrained;
}

int verdict(double error, double most, bool same_bits) {
  if (!same_bits) fmt::print(stderr, "The model file does not give back the same reconstructions.\n");
  if (!(error <= most))
    fmt::print(stderr, "The error {:.5f} is above {:.5f}, which was to be reached.\n", error, most);
  return same_bits && error <= most ? 0 : 1;
}

// The error of the model beside those of two baselines, fitted to the same training images.
Errors compare(ae::BasicAutoencoder& model, double untrained, const data::Batches& train,
               const data::Batches& test, std::int64_t pixels, std::int64_t latent, program::Report& report) {
  const ae::Baselines baselines(train);
  const auto pca = [&](std::int64_t k) { return baselines.pca_mse(test, std::min(k, pixels)); };
  const Errors e{untrained, baselines.mean_image_mse(test), pca(latent), ae::mse_per_pixel(model, test)};
  report.add_error("untrained", "before training", e.untrained, pixels);
  report.add_error("baseline_mean", "the mean image", e.mean_image, pixels);
  report.add_error("baseline_pca_30", "PCA, 30 components", pca(30), pixels);
  report.add_error("baseline_pca", fmt::format("PCA, {} components", latent), e.pca, pixels);
  report.add_error("test", "this autoencoder", e.trained, pixels);
  return e;
}

// Two of each digit above their reconstructions, and what the first layer looks for.
void draw(ae::BasicAutoencoder& model, const data::Dataset& test, const program::Flags& flags) {
  const hg::Tensor chosen = hg::take(test.images, ae::one_of_each(test.labels, 20));
  const hg::Tensor images = chosen.to(hg::float32) / 255.0;
  const hg::Tensor restored = ae::reconstruct(model, hg::flatten(images, 1));
  ae::save_rows(flags.file("reconstructions.png"), {images, hg::reshape(restored, images.shape())});
  const hg::Tensor kernel = hg::nn::parameters(model).front().variable.value();
  ae::save_features(flags.file("features.png"), kernel, images.shape().without(0));
}

int body(int argc, char** argv) {
  std::vector<std::int64_t> hidden;
  std::int64_t latent = 64;
  std::string loss = "mse";
  const program::Flags flags =
      program::parse(argc, argv, "Trains the basic autoencoder and shows what it learned.", {},
                     {{"--hidden", "widths between pixels and code, such as 512,256", &hidden},
                      {"--latent", "numbers in the code", &latent},
                      {"--loss", "mean squared error or binary cross-entropy", &loss, {"mse", "bce"}}});
  const data::DataSplit digits = program::load_data(flags);
  const std::int64_t pixels = digits.train.images.size() / digits.train.size();
  const data::Batches train(digits.train.images,
                            {.batch_size = flags.batch, .shuffle = true, .seed = flags.seed});
  const data::Batches test(digits.test.images, {.batch_size = 500});

  // The network: encoder and decoder mirror each other around the code.
  const ae::BasicOptions options{
      .features = pixels,
      .hidden = hidden,
      .latent = latent,
      .loss = loss == "mse" ? ae::ReconstructionLoss::mse : ae::ReconstructionLoss::bce};
  ae::BasicAutoencoder model(options);
  fmt::print("{}\n", hg::nn::summary(model, {pixels}));
  const double untrained = ae::mse_per_pixel(model, test);

  // The training, unless a file brings the model: Adam on the reconstruction loss of each batch.
  hg::training::History history;
  if (flags.load.empty()) {
    hg::optim::Adam adam({.learning_rate = flags.learning_rate});
    const auto loss_of_batch = [&](const data::Batch& batch) { return model.loss(batch.x); };
    history =
        hg::training::fit(model, adam, loss_of_batch, train, {.epochs = flags.epochs, .validation = &test});
    hg::training::save_checkpoint(flags.file("model.h5"), model, adam, flags.epochs);
    hg::training::draw_curves(history, flags.out, "basic autoencoder, " + loss + " per pixel");
  }

  // From here on the model is the one in the file, which is to give the same bits.
  ae::BasicAutoencoder loaded(options);
  hg::nn::load(flags.load.empty() ? flags.file("model.h5") : flags.load, loaded);
  const std::string hash = ae::reconstruction_sha256(loaded, test);
  const bool same_bits = !flags.load.empty() || ae::reconstruction_sha256(model, test) == hash;

  program::Report report;
  const Errors errors = compare(loaded, untrained, data::Batches(digits.train.images, {.batch_size = 1000}),
                                test, pixels, latent, report);
  report.add_run(loaded, history, flags);
  report.add("data", digits.name);
  report.add("reconstruction_sha256", hash);
  report.save(flags.file("metrics.json"));
  draw(loaded, digits.test, flags);
  fmt::print("\nIn {}: pictures, the model, its history, and these figures as metrics.json\n", flags.out);

  const bool published =
      digits.name == "mnist" && flags.limit == 0 && hidden.empty() && latent == 64 && loss == "mse";
  const auto epochs = static_cast<std::int64_t>(history.epochs.size());
  return verdict(errors.trained, bound(errors, train, flags, epochs, published, latent <= 64), same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
