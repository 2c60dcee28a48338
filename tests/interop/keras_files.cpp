// Writes the example models for Keras and TensorFlow.js, and reads such files, for the scripts beside it.
//
//     keras_files write FOLDER        FOLDER/NAME/: model.keras, model.weights.h5, model.h5, tfjs/,
//     inputs.npy,
//                                     outputs.npy; prints what a format cannot say
//     keras_files outputs FILE INPUTS... OUTPUTS    the outputs of a model in a file for inputs.npy
#include "keras_models.h"
#include "twelve_models.h"

#include <hourglass/files/keras.h>
#include <hourglass/files/tfjs.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/tensor/base/error.h>

#include <cstdio>
#include <filesystem>
#include <string>

namespace {

using namespace hourglass;

std::vector<std::int64_t> example_shape(const Tensor& inputs) {
  return {inputs.shape().begin() + 1, inputs.shape().end()};
}

void save_all(const std::string& name, nn::Layer& model, const std::vector<std::int64_t>& shape,
              const std::string& folder) {
  std::filesystem::create_directories(folder);
  const auto attempt = [&](const char* format, auto save) {
    try {
      save();
    } catch (const Error& e) {
      std::printf("%s as %s: %s\n", name.c_str(), format, e.message().c_str());
    }
  };
  for (const char* const ending : {".keras", ".weights.h5", ".h5"})
    attempt(ending, [&] { files::save_keras(folder + "/model" + ending, model, shape); });
  attempt("tfjs", [&] { files::save_tfjs(folder + "/tfjs", model, shape); });
}

void write(interop::Example example, const std::string& folder) {
  save_all(example.name, *example.model, example_shape(example.inputs), folder);
  interop::write_outputs(folder, example);
}

void write_shared(const std::string& folder) {
  nn::Graph model = interop::shared_graph();
  save_all("shared", model, {}, folder);
  std::vector<Variable> inputs;
  for (const Tensor& x : interop::shared_inputs()) {
    interop::write_npy(folder + "/inputs" + std::to_string(inputs.size()) + ".npy", x);
    inputs.emplace_back(x);
  }
  const nn::Evaluating evaluating(model);
  interop::write_npy(folder + "/outputs.npy", model(inputs).front().value());
}

int write_all(const std::string& folder) {
  for (const std::string& name : interop::example_names())
    write(interop::trained_example(name), folder + "/" + name);
  for (const std::string& name : interop::extra_names())
    write(interop::extra_example(name), folder + "/" + name);
  write_shared(folder + "/shared");
  return 0;
}

int outputs(const std::string& file, const std::vector<std::string>& inputs, const std::string& to) {
  const std::unique_ptr<nn::Module> model = files::load_keras(file);
  const nn::Evaluating evaluating(*model);
  std::vector<Variable> x;
  for (const std::string& path : inputs) x.emplace_back(interop::read_npy(path));
  auto* const graph = dynamic_cast<nn::MultiLayer*>(model.get());
  interop::write_npy(to, (graph ? (*graph)(x).front() : dynamic_cast<nn::Layer&>(*model)(x.front())).value());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  try {
    if (command == "write" && argc == 3) return write_all(argv[2]);
    if (command == "outputs" && argc >= 5)
      return outputs(argv[2], {argv + 3, argv + argc - 1}, argv[argc - 1]);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  std::fputs("usage: keras_files write FOLDER | outputs FILE INPUTS... OUTPUTS\n", stderr);
  return 2;
}
