// Kinds whose codes are made to fill a prior, so that any draw of it decodes to an image: the adversarial
// autoencoder (a critic, three optimizers in turn), the Wasserstein one (a discrepancy), and the VAE-GAN (a
// critic of images).
//
//     34_adversarial --data mnist
//     34_adversarial --data mnist --kind wasserstein
//     34_adversarial --data mnist --kind vae_gan
//
// What each run is to reach stands in tests/examples/reached.sh. If the model file does not give back the
// same bits, the status is 1.

#include "support/experiment.h"

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;

namespace {

std::unique_ptr<ae::Autoencoder> make(const std::string& kind, std::int64_t pixels, std::int64_t latent) {
  if (kind == "wasserstein")
    return std::make_unique<ae::WassersteinAutoencoder>(
        ae::WassersteinOptions{.features = pixels, .latent = latent});
  if (kind == "vae_gan")
    return std::make_unique<ae::VaeGan>(ae::VaeGanOptions{.features = pixels, .latent = latent});
  return std::make_unique<ae::AdversarialAutoencoder>(
      ae::AdversarialOptions{.features = pixels, .latent = latent});
}

int body(int argc, char** argv) {
  std::string kind = "adversarial";
  std::int64_t latent = 8;
  const program::Flags defaults{.epochs = 20, .batch = 128};
  const program::Flags flags =
      program::parse(argc, argv, "Trains an autoencoder whose codes fill a prior.", defaults,
                     {{"--kind", "which", &kind, {"adversarial", "wasserstein", "vae_gan"}},
                      {"--latent", "numbers in the code", &latent}});
  program::Experiment run(flags);
  const auto model = make(kind, run.pixels, latent);
  const ae::PriorMatch before = ae::match_with_normal(ae::encode(*model, run.test));
  const hg::training::History history = run.fit(*model, kind + " autoencoder");
  const bool same_bits = run.reloads(*model);

  hg::training::Report report;
  run.report(*model, latent, history, report);
  const hg::Tensor codes = ae::encode(*model, run.test);
  const ae::PriorMatch after = ae::match_with_normal(codes);
  report.add("untrained_mmd", before.mmd);
  report.add("mmd_to_prior", after.mmd, "of 500 codes of test images");
  report.add("mmd_band", after.band, "below which 95% of samples of the prior stay");
  report.add("active_units", ae::active_units(codes));
  report.add("kind", kind);
  const hg::Tensor x = run.examples(20).x;
  ae::save_rows(flags.file("reconstructions.png"),
                {run.as_images(x), run.as_images(ae::reconstruct(*model, x))});
  ae::save_grid(flags.file("samples.png"), run.as_images(ae::sample(*model, 100)), 10);
  return program::finish(flags, run.digits, report, history, same_bits);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
