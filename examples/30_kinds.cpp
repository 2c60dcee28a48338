// All kinds of autoencoders on one data set, each with a small budget, and what each is worth: its error
// beside those of the mean image and of PCA with as many components as its code has numbers, the likelihood
// where there is one, how many numbers of the code are in use, seconds.
//
//     30_kinds                                    10,000 images, 5 epochs each
//     30_kinds --only vector_quantized --epochs 20
//
// Writes kinds.csv, a row a kind, reconstructions.png (test images above what each kind makes of them, a row
// a kind in the order of the table) and samples.png (a row for each kind that makes images of its own; of
// others a mixture of Gaussians is fitted to the codes). A budget so small compares kinds roughly: it is the
// place to see all of them, not to rank them. If a kind does not do better than before it was trained, the
// status is 1.

#include "support/experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;

namespace {

struct Kind {
  std::string name;
  std::function<std::unique_ptr<ae::Autoencoder>(const program::Experiment&)> make;
};

// A kind with these options, of the size of the images.
template <class Model>
auto with(typename Model::Config options) {
  return [options](const program::Experiment& run) mutable -> std::unique_ptr<ae::Autoencoder> {
    if constexpr (requires { options.features; }) options.features = run.pixels;
    if constexpr (requires { options.image; }) options.image = {run.image[0], run.image[1]};
    return std::make_unique<Model>(options);
  };
}

std::unique_ptr<ae::Autoencoder> vector_quantized(const program::Experiment& run) {
  const hg::Tensor pixels = run.digits.train.images.to(hg::float32) / 255.0;
  return with<ae::VectorQuantizedAutoencoder>({.variance = hg::var(pixels).item()})(run);
}

// A new kind is one line.
std::vector<Kind> kinds() {
  using Penalty = ae::SparseOptions::Penalty;
  return {
      {"basic", with<ae::BasicAutoencoder>({.hidden = {400}, .latent = 16})},
      {"convolutional", with<ae::ConvolutionalAutoencoder>({})},
      {"denoising", with<ae::DenoisingAutoencoder>({.hidden = {400}, .latent = 128})},
      {"sparse_l1", with<ae::SparseAutoencoder>({.latent = 512})},
      {"sparse_kl", with<ae::SparseAutoencoder>({.latent = 512, .penalty = Penalty::kl})},
      {"sparse_top_k", with<ae::SparseAutoencoder>({.latent = 512, .penalty = Penalty::top_k})},
      {"top_k_auxiliary", with<ae::TopKAutoencoder>({.latent = 512})},
      {"winner_take_all", with<ae::WinnerTakeAllAutoencoder>({.latent = 512})},
      {"contractive", with<ae::ContractiveAutoencoder>({})},
      {"regularized_l2", with<ae::RegularizedAutoencoder>({})},
      {"regularized_gradient_penalty",
       with<ae::RegularizedAutoencoder>({.penalty = ae::RegularizedOptions::Penalty::gradient_penalty})},
      {"masked", with<ae::MaskedAutoencoder>({})},
      {"stacked_denoising", with<ae::StackedDenoisingAutoencoder>({.hidden = {256}, .latent = 128})},
      {"unet", with<ae::UNetAutoencoder>({})},
      {"vector_quantized", vector_quantized},
      {"wasserstein", with<ae::WassersteinAutoencoder>({})},
      {"adversarial", with<ae::AdversarialAutoencoder>({})},
      {"vae_gan", with<ae::VaeGan>({})},
      {"variational", with<ae::VariationalAutoencoder>({})},
      {"beta_tc", with<ae::BetaTCAutoencoder>({})},
      {"dip", with<ae::DIPAutoencoder>({})},
      {"factor", with<ae::FactorAutoencoder>({})},
      {"info", with<ae::InfoAutoencoder>({})},
      {"conditional", with<ae::ConditionalAutoencoder>({})},
      {"importance_weighted", with<ae::ImportanceWeightedAutoencoder>({})},
      {"vamp_prior", with<ae::VampPriorAutoencoder>({})},
      {"flow_posterior", with<ae::FlowPosteriorAutoencoder>({})},
      {"ladder", with<ae::LadderAutoencoder>({})},
      {"hyperspherical", with<ae::HypersphericalAutoencoder>({})},
      {"categorical", with<ae::CategoricalAutoencoder>({})},
  };
}

struct Row {
  std::string name;
  std::int64_t parameters = 0, code = 0, active = 0;
  double untrained = 0.0, mse = 0.0, pca = 0.0, seconds = 0.0;
  std::optional<double> nats{};
  hg::Tensor reconstructions{};
  std::optional<hg::Tensor> samples{};  // none of a code with places
};

double train(ae::Autoencoder& model, const program::Experiment& run) {
  const double begin = hg::training::now();
  const auto adam = [&] {
    return std::make_unique<hg::optim::Adam>(
        hg::optim::AdamOptions{.learning_rate = run.flags.learning_rate});
  };
  const hg::training::FitOptions options{.epochs = run.flags.epochs,
                                         .verbose = hg::training::Verbose::silent};
  if (auto* const stacked = dynamic_cast<ae::StackedDenoisingAutoencoder*>(&model)) {
    const hg::Tensor x = hg::flatten(run.digits.train.images, 1);
    (void)stacked->pretrain(adam, x, run.train.options(), options);
  }
  (void)ae::fit_kind(model, adam, run.train, options);
  return hg::training::now() - begin;
}

Row measure(const Kind& kind, const program::Experiment& run, const ae::Baselines& baselines) {
  hg::set_seed(run.flags.seed);
  const auto model = kind.make(run);
  Row row{.name = kind.name, .parameters = hg::nn::parameter_count(*model)};
  row.untrained = ae::reconstruction_mse(*model, run.test);
  row.seconds = train(*model, run);
  row.mse = ae::reconstruction_mse(*model, run.test);
  const hg::Tensor codes = hg::flatten(ae::encode(*model, run.test), 1);
  row.code = codes.shape(1);
  row.active = ae::active_units(codes);
  row.pca = baselines.pca_mse(run.test, std::min(row.code, run.pixels));
  const hg::data::Batch few = run.examples(200);
  if (ae::find_likelihood(*model)) row.nats = hg::mean(ae::log_likelihood(*model, few, 50)).item();
  row.reconstructions = ae::reconstruct(*model, run.examples(10));
  if (ae::find_generative(*model)) {
    row.samples = ae::sample(*model, 10);
  } else if (row.code <= 256) {
    ae::MixtureSampler mixture;
    mixture.fit(codes);
    row.samples = ae::decode(*model, mixture.sample(10));
  }
  return row;
}

void print(const Row& row, double mean) {
  fmt::print("{:<30} {:>9} {:>6} {:>9.5f} {:>9.5f} {:>9.5f} {:>9} {:>7} {:>8.1f}\n", row.name, row.parameters,
             row.code, row.mse, mean, row.pca, row.nats ? fmt::format("{:.2f}", *row.nats) : "", row.active,
             row.seconds);
}

void save_csv(const std::string& path, const std::vector<Row>& rows, double mean) {
  std::string text =
      "kind,parameters,code,mse,untrained_mse,mean_mse,pca_mse,log_likelihood,active,seconds\n";
  for (const Row& r : rows) {
    text += fmt::format("{},{},{},{:.6f},{:.6f},{:.6f},{:.6f},{},{},{:.2f}\n", r.name, r.parameters, r.code,
                        r.mse, r.untrained, mean, r.pca, r.nats ? fmt::format("{:.3f}", *r.nats) : "",
                        r.active, r.seconds);
  }
  hg::training::write_text(path, text);
}

void draw(const program::Experiment& run, const std::vector<Row>& rows) {
  std::vector<hg::Tensor> reconstructions{run.as_images(run.examples(10).x)}, samples;
  for (const Row& row : rows) {
    reconstructions.push_back(run.as_images(row.reconstructions));
    if (row.samples) samples.push_back(run.as_images(hg::clip(*row.samples, 0.0, 1.0)));
  }
  ae::save_rows(run.flags.file("reconstructions.png"), reconstructions);
  if (!samples.empty()) ae::save_rows(run.flags.file("samples.png"), samples);
}

int body(int argc, char** argv) {
  std::string only;
  program::Flags defaults{.epochs = 5, .batch = 128, .limit = 10'000};
  const program::Flags flags =
      program::parse(argc, argv, "Trains every kind of autoencoder and compares them.", defaults,
                     {{"--only", "the kind of this name alone", &only}});
  const program::Experiment run(flags);
  std::filesystem::create_directories(flags.out);
  const ae::Baselines baselines(run.train);
  const double mean = baselines.mean_mse(run.test);
  fmt::print("\n{:<30} {:>9} {:>6} {:>9} {:>9} {:>9} {:>9} {:>7} {:>8}\n", "kind", "weights", "code", "mse",
             "mean", "PCA", "log p(x)", "active", "seconds");
  std::vector<Row> rows;
  for (const Kind& kind : kinds()) {
    if (!only.empty() && kind.name != only) continue;
    print(rows.emplace_back(measure(kind, run, baselines)), mean);
  }
  if (rows.empty()) throw hg::DataError("30_kinds: there is no kind {}; leave out --only to see all", only);
  save_csv(flags.file("kinds.csv"), rows, mean);
  draw(run, rows);
  bool all_learnt = true;
  for (const Row& row : rows) {
    if (flags.epochs == 0 || row.mse < row.untrained) continue;
    fmt::print("{} is no better than before it was trained\n", row.name);
    all_learnt = false;
  }
  fmt::print("\nmse: per pixel, of test images; log p(x): nats per image. All is in {}\n", flags.out);
  return all_learnt ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
