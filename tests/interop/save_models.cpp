// Trains the twelve models for 50 steps and saves each whole, beside what load_models has to find: the
// checksums of its output and of its weights after ten further steps.
//
//     save_models FOLDER

#include "twelve_models.h"

#include <hourglass/files/model.h>
#include <hourglass/files/sha256.h>
#include <hourglass/optim/adam.h>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace hg = hourglass;

int main(int argc, char** argv) try {
  if (argc != 2) throw std::invalid_argument("usage: save_models FOLDER");
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  for (const std::string& name : hg::interop::example_names()) {
    hg::interop::Example example = hg::interop::make_example(name);
    hg::optim::Adam adam({.learning_rate = hg::optim::CosineDecay{0.01, 100}, .clipping = {.clipnorm = 1.0}});
    hg::interop::train(*example.model, adam, example, 0, 50);
    hg::files::save_model(
        folder / (name + ".h5"), *example.model,
        {.optimizer = &adam,
         .sections = {{"data", {{"inputs", example.inputs}, {"targets", example.targets}}}}});
    std::ofstream sums(folder / (name + ".txt"));
    example.model->eval();
    sums << hg::files::sha256(hg::no_grad([&] { return (*example.model)(example.inputs); }).value()) << "\n";
    hg::interop::train(*example.model, adam, example, 50, 10);
    sums << hg::files::weights_sha256(*example.model) << "\n";
  }
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << "\n";
  return 2;
}
