// Twelve trained models for PyTorch, and PyTorch's weights back; tests/interop/torch.sh calls it.
//
//     interop_torch write FOLDER   FOLDER/NAME/model.py, model.safetensors, inputs.npy, outputs.npy, …
//     interop_torch read FOLDER    FOLDER/NAME/new.safetensors into the model; FOLDER/NAME/new/outputs.npy, …

#include "twelve_models.h"

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/convolutional.h>
#include <hourglass/autoencoders/tabular.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/files/safetensors.h>
#include <hourglass/files/torch.h>
#include <hourglass/nn/graph.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/embedding.h>
#include <hourglass/nn/layers/gru.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/pool1d.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/join.h>
#include <hourglass/tensor/ops/random.h>

#include <cmath>
#include <cstdio>

namespace hg = hourglass;

namespace {

namespace nn = hg::nn;
using hg::Padding;
using nn::Sequential;
constexpr Padding same = Padding::same;

// Layers with options that the twelve do not have.
Sequential convolutions() {
  return Sequential{nn::Dense(2, 4),  // at each place
                    nn::Conv2D(4, 6, {.kernel = {2, 3}, .stride = {2, 1}, .padding = same, .groups = 2}),
                    nn::Conv2D(6, 6, {.padding = {1, 0, 0, 2}, .activation = hg::softmax}),
                    nn::Softmax(2),
                    nn::Conv2D(6, 4, {.padding = {1, 1, 2, 2}, .bias = false}),
                    nn::BatchNormalization(4, {.scale = false}),
                    nn::DepthwiseConv2D(4, {.padding = same, .dilation = {1, 2}, .depth_multiplier = 2}),
                    nn::LayerNormalization(8, {.center = false}),
                    nn::Flatten()};
}
Sequential transposed() {
  return Sequential{
      nn::ConvTranspose2D(2, 3, {.kernel = 3, .stride = 2, .output_padding = hg::Extent2(1, 0)}),
      nn::ConvTranspose2D(3, 3, {.stride = 2, .padding = same, .output_padding = hg::Extent2(0, 1)}),
      nn::ConvTranspose2D(3, 2, {.kernel = 2, .stride = 3, .activation = hg::relu}),
      nn::ConvTranspose2D(2, 2, {.kernel = 2, .stride = 3, .padding = same, .bias = false}),
      nn::ConvTranspose2D(2, 2, {.kernel = 4, .stride = 2, .padding = same})};
}
Sequential pools() {
  return Sequential{nn::BatchNormalization(2, {.center = false, .scale = false}),
                    nn::AveragePool2D({.window = 3, .stride = 2, .padding = same}),
                    nn::MaxPool2D({.window = {2, 3}, .stride = 1, .padding = {1, 0, 1, 1}}),
                    nn::AveragePool2D({.window = 2, .stride = 1, .padding = {0, 1, 1, 0}}),
                    nn::UpSampling2D({.factor = {2, 3}}),
                    nn::GlobalAveragePool2D({.keepdims = true}),
                    nn::Flatten(),
                    hg::exp,
                    nn::Reshape({1, -1}),
                    nn::Lambda(hg::square),
                    nn::Dense(2, 3, {.activation = hg::log_softmax})};
}
Sequential sequences() {
  return Sequential{nn::Conv1D(4, 6, {.kernel = 3, .stride = 2, .padding = same, .groups = 2}),
                    nn::BatchNormalization(6),
                    nn::Conv1D(6, 6, {.kernel = 2, .padding = {0, 0, 1, 0}, .dilation = 2}),
                    nn::Conv1D(6, 5, {.kernel = 2, .padding = 1, .activation = hg::softmax}),
                    nn::LSTM(5, 4, {.bias = false}),
                    nn::LayerNormalization(4, {.scale = false})};
}
Sequential recurrent() {
  return Sequential{nn::Conv1DTranspose(4, 6, {.kernel = 4, .stride = 2, .padding = same}),
                    nn::MaxPool1D({.window = 3, .stride = 1, .padding = same}),
                    nn::AveragePool1D({.window = 2, .padding = same}),
                    nn::MaxPool1D({.window = 2, .stride = 1, .padding = {0, 0, 1, 0}}),
                    nn::Conv1DTranspose(6, 5, {.kernel = 2, .stride = 3, .output_padding = 1}),
                    nn::UpSampling1D({.factor = 2}),
                    nn::AveragePool1D(),
                    nn::GRU(5, 4, {.return_sequences = true, .bias_initializer = nn::random_normal(0.5)}),
                    nn::GRU(4, 3, {.bias = false})};
}
// An image that is flattened with a Dense after it that is used twice: its columns stay in our order.
Sequential shared() {
  Sequential model{nn::Conv2D(2, 2, {.padding = same}),
                   nn::Flatten(),
                   nn::Dense(192, 192),
                   nn::Reshape({8, 12, 2}),
                   nn::Conv2D(2, 3, {.padding = same}),
                   nn::BatchNormalization(3)};
  nn::Dense& dense = model.get<nn::Dense>(2);
  nn::Dense second(192, 192);
  second.kernel = dense.kernel;
  nn::Conv2D conv(3, 2);
  nn::ConvTranspose2D turned(2, 3);
  turned.kernel = conv.kernel;
  model.add(std::move(conv)), model.add(std::move(turned)), model.add(nn::Conv2D(3, 2, {.padding = same}));
  model.add(nn::Flatten()), model.add(std::move(second));
  model.add(nn::Part("again", model.range(2, 3)));
  return model;
}
Sequential kinds() {
  return Sequential{
      hg::autoencoders::VariationalAutoencoder(
          {.features = 20, .hidden = {6}, .latent = 2, .likelihood = hg::autoencoders::Likelihood::gaussian}),
      {"code", hg::autoencoders::BasicAutoencoder({.features = 20, .tied = true})}};
}
Sequential indices() { return Sequential{nn::Embedding(20, 4), nn::LSTM(4, 3, {.return_sequences = true})}; }

// A graph of a layer that is called twice, functions and branches, inside a sequence.
Sequential graphs() {
  const auto x = nn::input({8, 12, 2}, {.name = "in"});
  nn::Part twice = nn::Conv2D(2, 2, {.padding = same, .activation = hg::tanh});
  const auto a = x.then(twice), b = a.then(twice);
  const auto flat =
      nn::concatenate({a, x, b}, 1).then({"lambda", nn::Flatten()}).then({"a-b", nn::Dense(576, 4)});
  const auto more =
      nn::maximum({flat, flat.then(hg::relu), flat.then(nn::Sequential{nn::Dense(4, 4), hg::sigmoid})});
  const auto less = nn::minimum({more, flat}) - nn::average({more, flat, flat}) * flat;
  const auto angle = nn::dot(less, more, {.normalize = true});
  return Sequential{nn::Graph({x}, {nn::concatenate({angle, less})}), nn::Dense(5, 2)};
}

std::vector<hg::interop::Example> odd_examples() {
  hg::set_seed(3);
  std::vector<hg::interop::Example> out;
  const auto add = [&](const char* name, Sequential model, const hg::Tensor& inputs) {
    for (const hg::NamedParameter& p : nn::parameters(model)) {
      hg::Variable parameter = p.variable;  // a handle; biases that are 0 would hide mistakes
      const double inputs = parameter.shape().rank() < 2 ? 6.0
                                                         : static_cast<double>(parameter.size()) /
                                                               static_cast<double>(parameter.shape(-1));
      parameter.set_value(hg::normal(parameter.shape(), 0.0, 1.0 / std::sqrt(inputs)));
    }
    out.push_back({name, std::make_unique<Sequential>(std::move(model)), inputs, {}});
  };
  const hg::Tensor images = hg::uniform({4, 8, 12, 2}), rows = hg::uniform({4, 20});
  add("odd_convolutions", convolutions(), images);
  add("odd_transposed", transposed(), hg::uniform({4, 3, 4, 2}));
  add("odd_pools", pools(), images);
  add("odd_sequences", sequences(), hg::uniform({4, 9, 4}));
  add("odd_recurrent", recurrent(), hg::uniform({4, 9, 4}));
  add("odd_shared", shared(), images);
  add("odd_graphs", graphs(), images);
  add("odd_kinds", kinds(), rows);
  add("odd_indices", indices(), hg::randint({4, 5}, 0, 20));
  return out;
}

// Kinds by themselves: a code that is an image; tables with holes.
void add_kinds(std::vector<hg::interop::Example>& out) {
  hg::set_seed(4);
  out.push_back({"odd_image_code",
                 std::make_unique<hg::autoencoders::ConvolutionalAutoencoder>(
                     hg::autoencoders::ConvolutionalOptions{.image = {8, 12}}),
                 hg::uniform({4, 96}),
                 {}});
  const hg::Tensor rows = hg::uniform({4, 6});
  for (const bool sees : {false, true}) {
    out.push_back({sees ? "odd_table_holes" : "odd_table",
                   std::make_unique<hg::autoencoders::TabularAutoencoder>(hg::autoencoders::TabularOptions{
                       .columns = {{}, {.width = 3, .one_hot = true}, {}, {}},
                       .number_activation = sees ? hg::nn::Activation(hg::tanh) : hg::nn::Activation::linear,
                       .sees_holes = sees}),
                   hg::where(hg::greater(rows, 0.8), hg::full({}, std::nan("")), rows),
                   {}});
  }
}

std::vector<hg::interop::Example> examples(bool are_trained) {
  std::vector<hg::interop::Example> out = odd_examples();
  add_kinds(out);
  for (const std::string& name : hg::interop::example_names())
    out.push_back(are_trained ? hg::interop::trained_example(name) : hg::interop::make_example(name));
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const bool is_reading = std::string(argv[1]) == "read";
  try {
    for (hg::interop::Example& example : examples(!is_reading)) {
      const std::string folder = std::string(argv[2]) + "/" + example.name;
      if (is_reading) hg::files::load_safetensors(folder + "/new.safetensors", *example.model);
      hg::interop::write_outputs(is_reading ? folder + "/new" : folder, example);
      if (!is_reading) hg::files::save_torch(folder, *example.model);
    }
  } catch (const hg::Error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
