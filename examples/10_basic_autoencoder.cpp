// The basic autoencoder: 784 pixels through a code of 64 numbers and back.
//
//     10_basic_autoencoder --data mnist --batch 32 --epochs 7
//
// Expected on MNIST with these flags: a mean squared error per pixel on the test images of 0.0093 after the
// first epoch and 0.0041 after the seventh, beside 0.0675 for the mean image and 0.0090 for PCA with 64
// components. The program fails (status 1) if, after 7 epochs or more on at least 10,000 images, it is worse
// than PCA, and after any shorter training if it is worse than the mean image.

#include "support/program.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>

#include <charconv>
#include <sstream>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;

namespace {

// "512,256" -> {512, 256}
std::vector<std::int64_t> widths(const std::string& flag, const std::string& list) {
  std::vector<std::int64_t> out;
  std::istringstream parts(list);
  for (std::string part; std::getline(parts, part, ',');) {
    std::int64_t width = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), width);
    if (error != std::errc() || end != part.data() + part.size() || width < 1) {
      throw hg::DataError("{}: \"{}\" is not a list of widths such as 512,256", flag, list);
    }
    out.push_back(width);
  }
  return out;
}

int body(int argc, char** argv) {
  std::string hidden, latent = "64", loss = "mse";
  const program::Flags flags =
      program::parse(argc, argv, "Trains the basic autoencoder and shows what it learned.", {},
                     {{"--hidden", "widths between pixels and code, such as 512,256", &hidden},
                      {"--latent", "numbers in the code", &latent},
                      {"--loss", "mse or bce", &loss}});
  if (loss != "mse" && loss != "bce") throw hg::DataError("--loss: \"{}\" is neither mse nor bce", loss);
  const std::vector<std::int64_t> code = widths("--latent", latent);
  if (code.size() != 1) throw hg::DataError("--latent: needs one number, got \"{}\"", latent);
  const hg::data::DataSplit data = program::load_data(flags);

  // The model, the optimizer, the data in batches, the training.
  ae::BasicAutoencoder model(
      {.hidden = widths("--hidden", hidden),
       .latent = code.front(),
       .loss = loss == "bce" ? ae::ReconstructionLoss::bce : ae::ReconstructionLoss::mse});
  fmt::print("{}\n", hg::nn::summary(model, {784}));
  hg::optim::Adam adam({.learning_rate = flags.learning_rate});
  const hg::data::Batches train(data.train.images,
                                {.batch_size = flags.batch, .shuffle = true, .seed = flags.seed});
  const hg::data::Batches test(data.test.images, {.batch_size = 500});
  hg::training::History history;
  if (flags.load.empty()) {
    history =
        hg::training::fit(model, adam, [&](const hg::data::Batch& batch) { return model.loss(batch.x); },
                          train, {.epochs = flags.epochs, .validation = &test});
    hg::training::save_checkpoint(flags.out + "/model.h5", model, adam);
    history.to_csv(flags.out + "/history.csv");
    hg::training::draw_curves(flags.out, "basic autoencoder, " + loss + " per pixel");
  } else {
    hg::nn::load(flags.load, model);
  }

  // What it is worth: its error beside that of two baselines on the same images.
  model.eval();
  const auto reconstruct = [&](const hg::Tensor& x) {
    return hg::no_grad([&] { return model.reconstruct(x).value(); });
  };
  const ae::Baselines baselines(hg::data::Batches(data.train.images, {.batch_size = 1000}));
  const double mse = ae::mse_per_pixel(reconstruct, test), mean_mse = baselines.mean_image_mse(test);
  const double pca_mse = baselines.pca_mse(test, code.front());
  program::Metrics metrics;
  metrics.add("data", data.name);
  metrics.add("parameters", static_cast<double>(hg::nn::parameter_count(model)));
  metrics.add("test_mse_per_pixel", mse);
  metrics.add("baseline_mean_mse_per_pixel", mean_mse);
  metrics.add("baseline_pca_mse_per_pixel", pca_mse);
  if (loss == "bce")
    metrics.add("test_bce_per_pixel",
                hg::training::evaluate(
                    model, [&](const auto& b) { return model.loss(b.x); }, test),
                "nats");
  double seconds = 0.0;
  for (const auto& epoch : history.epochs)
    seconds += epoch.seconds / static_cast<double>(history.epochs.size());
  metrics.add("seconds_per_epoch", seconds, "s");
  metrics.add("peak_rss_mb", program::peak_rss_mb(), "MB");
  metrics.add("seed", static_cast<double>(flags.seed));
  metrics.add("threads", flags.threads);
  metrics.add("weights_sha256", hg::nn::weights_sha256(model));

  // And what it looks like.
  const hg::data::Batch shown =
      *hg::data::Batches(data.test.images, {.batch_size = std::min<std::int64_t>(16, data.test.size())})
           .epoch()
           .begin();
  const hg::Tensor restored = reconstruct(shown.x);
  metrics.add("reconstruction_sha256", hg::nn::sha256(restored));
  ae::save_rows(flags.out + "/reconstructions.png", {shown.x, restored});
  if (hidden.empty())
    ae::save_features(flags.out + "/features.png", hg::nn::parameters(model).front().variable.value());
  metrics.save(flags.out + "/metrics.json");
  fmt::print(
      "\nOriginals above reconstructions: {0}/reconstructions.png\nLearning curves: {0}/curves.png, the "
      "model: {0}/model.h5\n",
      flags.out);

  const bool long_run = flags.epochs >= 7 && data.train.size() >= 10'000;
  const double bound = long_run && flags.load.empty() ? pca_mse : mean_mse;
  if (mse <= bound) return 0;
  fmt::print(stderr, "The error {:.5f} is above {:.5f}, which was to be beaten.\n", mse, bound);
  return 1;
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
