// Makes the model files that the tests and benchmarks of the service serve.
//
//     service_models make FOLDER       image.h5, other.h5, wide.h5, variational.h5, table.h5, array.h5,
//                                      sequence.h5
#include <hourglass/anomaly/detector.h>
#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/recurrent.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/data/dataset.h>
#include <hourglass/files/model.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>
#include <hourglass/training/fit.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;

namespace {

void train_and_save(const std::string& path, ae::Autoencoder& model, const hg::Tensor& x,
                    std::int64_t epochs) {
  hg::optim::Adam adam;
  const hg::data::Batches batches(x, {.batch_size = 64, .shuffle = true});
  hg::training::fit(model, adam, [&](const hg::data::Batch& b) { return hg::Variable(model.loss(b.x)); },
                    batches, {.epochs = epochs, .verbose = hg::training::Verbose::silent});
  hg::files::save_model(path, model, {.notes = {.data = "strokes"}});
}

// Two numbers that belong together, one of its own, a category that follows from the first: what breaks a
// rule is to be found, and the column that breaks it.
hg::data::Table made_table(std::int64_t n) {
  const hg::Tensor noise = hg::normal({n, 3}).contiguous();
  const float* const z = noise.data<float>();
  std::vector<double> income, rent, age;
  std::vector<std::string> city;
  for (std::int64_t i = 0; i < n; ++i) {
    const double a = z[3 * i], b = z[3 * i + 1], c = z[3 * i + 2];
    income.push_back(std::round(50000.0 + 12000.0 * a));
    rent.push_back(std::round(income.back() * 0.02 + 20.0 * b));
    age.push_back(std::round(45.0 + 10.0 * c));
    city.emplace_back(a > 0.5 ? "Zurich" : a > -0.5 ? "Bern" : "Chur");
  }
  return hg::data::Table({hg::data::Column::number("income", income), hg::data::Column::number("rent", rent),
                          hg::data::Column::number("age", age), hg::data::Column::category("city", city)});
}

int make(const std::string& folder) {
  std::filesystem::create_directories(folder);
  const auto at = [&](const char* name) { return folder + "/" + name; };
  const auto strokes = hg::data::digits("strokes", 2000);
  const hg::Tensor x = hg::flatten(strokes.train.images.to(hg::float32) / 255.0, 1);
  for (const auto& [name, seed] : std::map<const char*, std::uint64_t>{{"image.h5", 1}, {"other.h5", 2}}) {
    hg::set_seed(seed);
    ae::BasicAutoencoder model(ae::BasicOptions{.latent = 64});
    train_and_save(at(name), model, x, 1);
  }
  hg::set_seed(3);
  ae::VariationalAutoencoder variational(ae::VariationalOptions{.hidden = {128}, .latent = 2});
  train_and_save(at("variational.h5"), variational, x, 8);
  ae::VariationalAutoencoder eight(ae::VariationalOptions{.hidden = {128}, .latent = 8});
  train_and_save(at("wide.h5"), eight, x, 4);
  ae::BasicAutoencoder array(
      ae::BasicOptions{.features = 5, .latent = 2, .output_activation = hg::nn::Activation::linear});
  hg::files::save_model(at("array.h5"), array);
  ae::RecurrentAutoencoder sequence(
      ae::RecurrentOptions{.steps = 20, .features = 2, .units = 8, .latent = 3});
  hg::files::save_model(at("sequence.h5"), sequence);
  hg::anomaly::Detector detector({.steps = 800, .width = 64});
  detector.fit(made_table(800));
  detector.save(at("table.h5"));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 3 && std::string(argv[1]) == "make") return make(argv[2]);
    std::fprintf(stderr, "service_models make FOLDER\n");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
  return 2;
}
