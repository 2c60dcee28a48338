// Knows nothing of what the models are: loads all that save_models left in a folder, and holds the output of
// each and its weights after ten further steps against what the other program had.
//
//     load_models FOLDER

#include <hourglass/autoencoders/autoencoder.h>
#include <hourglass/files/model.h>
#include <hourglass/files/sha256.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace hg = hourglass;

namespace {

hg::Variable loss_of(hg::nn::Layer& model, const hg::Tensor& x, const hg::Tensor& t) {
  if (auto* const autoencoder = dynamic_cast<hg::autoencoders::Autoencoder*>(&model))
    return autoencoder->loss(x).total;
  const hg::Variable loss = hg::nn::mean_squared_error(model(x), t);
  const auto penalty = hg::nn::regularization_loss(model);
  return penalty ? loss + *penalty : loss;
}

// Whether the model of a file does as its texts say.
bool goes_on(const std::filesystem::path& path) {
  const hg::files::ModelFile file(path);
  const std::unique_ptr<hg::nn::Module> module = file.model();
  auto& model = dynamic_cast<hg::nn::Layer&>(*module);
  hg::Tensor inputs, targets;
  for (const hg::NamedTensor& t : file.section("data")->tensors)
    (t.name == "inputs" ? inputs : targets) = t.value;
  std::ifstream sums(std::filesystem::path(path).replace_extension(".txt"));
  std::string output, weights;
  sums >> output >> weights;

  model.eval();
  const bool same_output = hg::files::sha256(hg::no_grad([&] { return model(inputs); }).value()) == output;
  model.train();
  const std::unique_ptr<hg::optim::Optimizer> optimizer = file.optimizer();
  for (std::int64_t i = 50; i < 60; ++i) {
    const std::int64_t begin = i * 16 % inputs.shape(0);
    const auto batch = [&](const hg::Tensor& x) { return hg::slice(x, 0, {begin, begin + 16}); };
    hg::set_seed(static_cast<std::uint64_t>(i));
    optimizer->minimize(loss_of(model, batch(inputs), batch(targets)), hg::nn::parameters(model));
  }
  const bool same_steps = hg::files::weights_sha256(model) == weights;
  std::cout << path.stem().string() << ": output " << (same_output ? "the same" : "DIFFERS")
            << ", ten further steps " << (same_steps ? "the same" : "DIFFER") << "\n";
  return same_output && same_steps;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) throw std::invalid_argument("usage: load_models FOLDER");
  int right = 0, all = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    if (entry.path().extension() == ".h5") ++all, right += goes_on(entry.path()) ? 1 : 0;
  }
  return all >= 12 && right == all ? 0 : 1;
} catch (const std::exception& e) {
  std::cerr << e.what() << "\n";
  return 2;
}
