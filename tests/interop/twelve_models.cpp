#include "twelve_models.h"

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autoencoders/convolutional.h>
#include <hourglass/autoencoders/denoising.h>
#include <hourglass/autoencoders/sparse.h>
#include <hourglass/autoencoders/variational.h>
#include <hourglass/autograd/ops/elementwise.h>
#include <hourglass/nn/evaluating.h>
#include <hourglass/nn/graph.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/noise.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/losses/losses.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>

namespace hourglass::interop {

namespace {

namespace ae = autoencoders;
using nn::Sequential;
constexpr Padding same = Padding::same;
using Model = std::unique_ptr<nn::Layer>;

template <class M>
Model model(M m) {
  return std::make_unique<M>(std::move(m));
}

Model dense() {
  return model(Sequential{nn::Dense(20, 16, {.activation = relu}), nn::GaussianNoise(0.1), nn::Dropout(0.2),
                          nn::Dense(16, 12, {.activation = tanh}), nn::GELU(),
                          nn::Dense(12, 12, {.bias = false}), nn::SELU(), nn::Dense(12, 10), nn::SiLU(),
                          nn::Dense(10, 10, {.activation = elu}), nn::Softplus(), nn::Dense(10, 20),
                          nn::Softmax()});
}

Model convolutional() {
  return model(Sequential{
      nn::Conv2D(2, 6, {.kernel = {3, 5}, .stride = 2, .padding = same, .activation = tanh}),  // (4, 6, 6)
      nn::Conv2D(6, 6, {.padding = same, .dilation = 2, .activation = relu}),                  // (4, 6, 6)
      nn::Conv2D(6, 8, {.kernel = 2}), nn::LeakyReLU(0.2),                                     // (3, 5, 8)
      nn::Flatten(), nn::Dense(120, 20, {.activation = tanh}), nn::Dense(20, 48, {.activation = relu}),
      nn::Reshape({2, 3, 8}),
      nn::ConvTranspose2D(8, 6, {.stride = 2, .padding = same, .activation = relu}),  // (4, 6, 6)
      nn::ConvTranspose2D(6, 4, {.kernel = 2, .stride = 2}), nn::ELU(),               // (8, 12, 4)
      nn::ConvTranspose2D(4, 4, {.padding = same, .dilation = 2, .activation = relu}),
      nn::Conv2D(4, 2, {.padding = same, .activation = sigmoid})});
}

Model normalized() {
  return model(Sequential{
      nn::Conv2D(2, 4, {.padding = same, .bias = false}), nn::BatchNormalization(4, {.momentum = 0.9}),
      nn::ReLU(), nn::AveragePool2D(),
      nn::MaxPool2D({.window = 3, .stride = 2, .padding = same}),  // (2, 3, 4)
      nn::SpatialDropout2D(0.1), nn::Flatten(), nn::Dense(24, 16), nn::LayerNormalization(16), nn::Tanh(),
      nn::Dense(16, 24, {.activation = relu}), nn::Reshape({2, 3, 4}), nn::UpSampling2D(),
      nn::BatchNormalization(4, {.momentum = 0.8, .epsilon = 1e-5}),
      nn::UpSampling2D({.interpolation = Interpolation::bilinear}), nn::Conv2D(4, 2, {.padding = same})});
}

Model depthwise() {
  return model(Sequential{nn::ZeroPadding2D({0, 1, 0, 1}),
                          nn::DepthwiseConv2D(2, {.stride = 2, .depth_multiplier = 3}),  // (4, 6, 6)
                          nn::Conv2D(6, 4, {.kernel = 1, .activation = tanh}),
                          nn::DepthwiseConv2D(4, {.padding = same, .activation = tanh}),
                          nn::Cropping2D({1, 0, 1, 2}), nn::GlobalAveragePool2D(),
                          nn::Dense(4, 3, {.activation = softplus})});
}

Model lstm() {
  return model(Sequential{nn::Conv1D(3, 4, {.padding = same, .activation = relu}), nn::LSTM(4, 8),
                          nn::RepeatVector(5), nn::LSTM(8, 6, {.return_sequences = true}), nn::Dense(6, 3)});
}

Model nested() {
  Sequential encoder{{"first", nn::Dense(20, 12)}, Sequential{nn::ReLU(), nn::Dense(12, 4)}};
  Sequential decoder{nn::Dense(4, 12), nn::LeakyReLU(), {"last", nn::Dense(12, 20)}, nn::Sigmoid()};
  return model(Sequential{{"encoder", std::move(encoder)}, {"decoder", std::move(decoder)}});
}

Model tied() {
  return model(ae::BasicAutoencoder({.features = 20, .hidden = {12}, .latent = 4, .tied = true}));
}

Model functional() {
  const auto x = nn::input({8, 12, 2}, {.name = "image"});
  const auto h = x.then({"first", nn::Conv2D(2, 4, {.padding = same, .activation = tanh})});
  const auto small = h.then(nn::MaxPool2D()).then(nn::Conv2D(4, 4, {.padding = same, .activation = relu}));
  const auto back = nn::add({h, small.then(nn::UpSampling2D())});
  const auto both = nn::concatenate({h, back});
  return model(nn::Graph({x}, {both.then({"last", nn::Conv2D(8, 2, {.padding = same})})}));
}

Model denoising() { return model(ae::DenoisingAutoencoder({.features = 20, .hidden = {16}, .latent = 8})); }

Model variational() {
  return model(ae::VariationalAutoencoder({.features = 20, .hidden = {16}, .latent = 3, .beta = 0.01}));
}

Model convolutional_variational() {
  return model(ae::VariationalAutoencoder(
      ae::strided_halves({.image = {8, 12}, .latent = 3, .heads = 2, .filters = 4}),
      {.features = 96, .beta = 0.01}));
}

Model sparse_k() {
  return model(ae::SparseAutoencoder(
      {.features = 20, .latent = 32, .penalty = ae::SparseOptions::Penalty::top_k, .k = 5}));
}

Model of_float64() {
  return model(Sequential{nn::Dense(20, 12, {.activation = tanh, .dtype = float64}),
                          nn::BatchNormalization(12, {.dtype = float64}),
                          nn::Dense(12, 20, {.activation = sigmoid, .dtype = float64})});
}

// Waves: each example has a phase and a frequency of its own, and channels or features are shifted, so that a
// small code can hold it. In (0, 1).
Tensor waves(const std::vector<std::int64_t>& shape, DType dtype) {
  std::vector<std::int64_t> all{64};
  all.insert(all.end(), shape.begin(), shape.end());
  Tensor x(Shape(all), float64);
  const std::int64_t features = x.size() / 64, last = shape.back();
  Generator generator(11);
  const Tensor phases = uniform({64}, 0.0, 6.0, generator, float64);
  const Tensor frequencies = uniform({64}, 0.1, 0.6, generator, float64);
  double* const values = x.mutable_data<double>();
  for (std::int64_t n = 0; n < 64; ++n) {
    for (std::int64_t i = 0; i < features; ++i) {
      const auto place = static_cast<double>(i / last + 2 * (i % last));
      values[n * features + i] =
          0.5 + 0.4 * std::sin(phases.data<double>()[n] + frequencies.data<double>()[n] * place);
    }
  }
  return x.to(dtype);
}

struct Row {
  const char* name;
  Model (*make)();
  std::vector<std::int64_t> input;
  DType dtype = float32;
};
const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"dense", dense, {20}},
      {"convolutional", convolutional, {8, 12, 2}},
      {"normalized", normalized, {8, 12, 2}},
      {"depthwise", depthwise, {8, 12, 2}},
      {"lstm", lstm, {5, 3}},
      {"nested", nested, {20}},
      {"tied", tied, {20}},
      {"functional", functional, {8, 12, 2}},
      {"denoising", denoising, {20}},
      {"variational", variational, {20}},
      {"convolutional_variational", convolutional_variational, {96}},
      {"sparse_k", sparse_k, {20}},
      {"float64", of_float64, {20}, float64},
  };
  return all;
}

}  // namespace

std::vector<std::string> example_names() {
  std::vector<std::string> names;
  for (const Row& row : rows()) names.emplace_back(row.name);
  return names;
}

Example make_example(const std::string& name) {
  for (const Row& row : rows()) {
    if (row.name != name) continue;
    set_seed(7);
    Example out{name, row.make(), {}, {}};
    out.inputs = waves(row.input, row.dtype);
    const nn::Evaluating evaluating(*out.model);
    const Shape output = (*out.model)(out.inputs).shape();
    out.targets =
        output == out.inputs.shape() ? out.inputs : waves({output.begin() + 1, output.end()}, row.dtype);
    return out;
  }
  throw DataError("make_example: there is no \"{}\"; example_names() lists all", name);
}

Variable loss_of(nn::Layer& model, const Tensor& inputs, const Tensor& targets) {
  if (auto* const autoencoder = dynamic_cast<ae::Autoencoder*>(&model)) return autoencoder->loss(inputs);
  const Variable error = nn::mean_squared_error(model(inputs), targets);
  const std::optional<Variable> penalty = nn::regularization_loss(model);
  return penalty ? error + *penalty : error;
}

void train(nn::Layer& model, optim::Optimizer& optimizer, const Example& example, int first, int count) {
  constexpr std::int64_t batch = 16;
  model.train();
  for (std::int64_t i = first; i < first + count; ++i) {
    const std::int64_t begin = i * batch % example.inputs.shape(0);
    const auto part = [&](const Tensor& x) { return slice(x, 0, {begin, begin + batch}); };
    set_seed(static_cast<std::uint64_t>(i));
    optimizer.minimize(loss_of(model, part(example.inputs), part(example.targets)), nn::parameters(model));
  }
}

Example trained_example(const std::string& name) {
  Example out = make_example(name);
  optim::Adam adam({.learning_rate = 0.01});
  train(*out.model, adam, out, 0, 50);
  out.model->eval();
  return out;
}

void write_npy(const std::string& path, const Tensor& x) {
  static const std::map<DType, const char*> types{
      {float32, "<f4"}, {float64, "<f8"}, {int64, "<i8"}, {uint8, "|u1"}};
  std::string shape;
  for (int axis = 0; axis < x.rank(); ++axis) shape += std::to_string(x.shape(axis)) + ", ";
  std::string header = std::string("{'descr': '") + types.at(x.dtype()) +
                       "', 'fortran_order': False, 'shape': (" + shape + "), }";
  header.append(64 - (10 + header.size() + 1) % 64, ' ') += '\n';
  std::string file("\x93NUMPY\x01\0", 8);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  file += header;
  const Tensor values = x.contiguous();
  visit(values.dtype(), [&]<class T>() {
    file.append(reinterpret_cast<const char*>(values.data<T>()),
                static_cast<std::size_t>(values.size()) * sizeof(T));
  });
  write_atomically("write_npy", path, file);
}

void write_outputs(const std::string& folder, Example& example) {
  std::filesystem::create_directories(folder);
  example.model->eval();
  const NoGrad no_grad;
  write_npy(folder + "/inputs.npy", example.inputs);
  write_npy(folder + "/outputs.npy", (*example.model)(example.inputs).value());
  if (auto* const autoencoder = dynamic_cast<ae::Autoencoder*>(example.model.get())) {
    const Variable codes = autoencoder->encode(example.inputs);
    write_npy(folder + "/codes.npy", codes.value());
    write_npy(folder + "/decoded.npy", autoencoder->decode(codes).value());
  }
}

}  // namespace hourglass::interop
