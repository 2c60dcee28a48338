#include "keras_models.h"

#include <hourglass/autograd/ops/activation.h>
#include <hourglass/files/internal/bytes.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/gru.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/pool1d.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/optim/adam.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/random.h>

#include <cstring>

namespace hourglass::interop {

namespace {

using nn::Sequential;
constexpr Padding same = Padding::same;

std::unique_ptr<nn::Layer> padded() {
  return std::make_unique<Sequential>(
      nn::Conv2D(2, 4, {.kernel = 3, .stride = {2, 1}, .padding = {1, 0, 2, 1}, .activation = leaky_relu}),
      nn::ConvTranspose2D(4, 4, {.kernel = {2, 3}, .dilation = {2, 3}}),
      nn::ConvTranspose2D(4, 3, {.kernel = 2, .stride = 3, .activation = tanh}), nn::SpatialDropout2D(0.25),
      nn::MaxPool2D({.window = {2, 3}, .stride = 2}), nn::GlobalAveragePool2D({.keepdims = true}),
      nn::Lambda(silu), nn::Flatten(), nn::Dense(3, 2, {.activation = log_softmax}));
}

std::unique_ptr<nn::Layer> stacked() {
  return std::make_unique<Sequential>(
      nn::LSTM(3, 6, {.return_sequences = true}),
      nn::LayerNormalization(6, {.epsilon = 1e-5, .scale = false}), nn::LSTM(6, 4, {.bias = false}),
      nn::Dense(4, 5, {.activation = elu, .kernel_regularizer = nn::L2(0.001)}), nn::Dense(5, 4),
      nn::Lambda(log_softmax));
}

std::unique_ptr<nn::Layer> along() {
  return std::make_unique<Sequential>(
      nn::Conv1DTranspose(3, 4, {.kernel = 4, .stride = 2, .padding = same}),
      nn::MaxPool1D({.window = 3, .stride = 1, .padding = same}), nn::AveragePool1D(),
      nn::UpSampling1D({.factor = 2}), nn::GRU(4, 3, {.return_sequences = true}),
      nn::GRU(3, 4, {.reset_after = false, .recurrent_regularizer = nn::L2(0.001)}), nn::Dense(4, 2));
}

std::unique_ptr<nn::Layer> frozen() {
  auto model = std::make_unique<Sequential>(
      Sequential{nn::Dense(20, 8), nn::BatchNormalization(8, {.momentum = 0.5}), nn::ReLU()},
      nn::BatchNormalization(8, {.center = false}), nn::Dense(8, 6), nn::Softmax());
  nn::set_trainable(model->get<Sequential>(0)[1], false);
  return model;
}

std::unique_ptr<nn::Layer> skip() {
  const auto x = nn::input({8, 12, 2}, {.name = "image"});
  const auto h = x.then({"stem", nn::Conv2D(2, 4, {.padding = same, .activation = relu})});
  const auto deep = h.then(nn::Conv2D(4, 4, {.padding = same, .activation = leaky_relu}))
                        .then(nn::BatchNormalization(4))
                        .then(Sequential{nn::Conv2D(4, 4, {.kernel = 1}), nn::ReLU()});
  const auto sum = nn::add({h, deep});
  const auto pooled = sum.then(nn::GlobalAveragePool2D());
  const auto side = nn::maximum({h, sum}).then(nn::MaxPool2D()).then(nn::Flatten()).then(nn::Dense(96, 3));
  return std::make_unique<nn::Graph>(
      std::vector{x}, std::vector{nn::concatenate({pooled, side}).then({"out", nn::Dense(7, 5)})});
}

struct Row {
  const char* name;
  std::unique_ptr<nn::Layer> (*make)();
  std::vector<std::int64_t> input;
};
const std::vector<Row>& rows() {
  static const std::vector<Row> all{{"padded", padded, {8, 12, 2}},
                                    {"stacked", stacked, {5, 3}},
                                    {"along", along, {8, 3}},
                                    {"frozen", frozen, {20}},
                                    {"skip", skip, {8, 12, 2}}};
  return all;
}

}  // namespace

std::vector<std::string> extra_names() {
  std::vector<std::string> names;
  for (const Row& row : rows()) names.emplace_back(row.name);
  return names;
}

Example extra_example(const std::string& name) {
  for (const Row& row : rows()) {
    if (row.name != name) continue;
    set_seed(7);
    Example out{name, row.make(), {}, {}};
    Generator generator(11);
    std::vector<std::int64_t> shape{64};
    shape.insert(shape.end(), row.input.begin(), row.input.end());
    out.inputs = uniform(Shape(shape), 0.0, 1.0, generator, float32);
    out.targets = uniform((*out.model)(out.inputs).shape(), 0.0, 1.0, generator, float32);
    optim::Adam adam({.learning_rate = 0.01});
    train(*out.model, adam, out, 0, 20);
    out.model->eval();
    return out;
  }
  throw DataError("extra_example: there is no \"{}\"; extra_names() lists all", name);
}

nn::Graph shared_graph() {
  set_seed(5);
  const auto a = nn::input({6}), b = nn::input({6});
  nn::Part embed{"embed", nn::Dense(6, 4, {.activation = leaky_relu})};
  const auto left = a.then(embed), right = b.then(embed);
  const auto inner = nn::input({4});
  nn::Part both{"both", nn::Graph({inner}, {inner + inner.then(nn::Dense(4, 4, {.activation = tanh}))})};
  const auto l = left.then(both), r = right.then(both);
  const auto merged =
      nn::concatenate({l + r, l * r, nn::average({l, r, left}), nn::minimum({l, r}), nn::dot(l, r)});
  return nn::Graph({a, b}, {merged.then(nn::Dense(17, 3, {.activation = sigmoid}))});
}

std::vector<Tensor> shared_inputs() {
  Generator generator(13);
  return {uniform({16, 6}, -1.0, 1.0, generator), uniform({16, 6}, -1.0, 1.0, generator)};
}

Tensor read_npy(const std::string& path) {
  const std::vector<std::byte> bytes = files::internal::read_whole_file(path);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::size_t header = text.find('{'), end = text.find('\n'), open = text.find('(', header);
  const bool wide = text.find("'<f8'") < end;
  if (end == std::string_view::npos || open > end || (!wide && text.find("'<f4'") > end))
    throw FileError("read_npy: {} is not of floats; write it with numpy.save", path);
  std::vector<std::int64_t> shape;
  for (const char* at = text.data() + open + 1; *at != ')';) {
    if (*at < '0' || *at > '9') {
      ++at;
      continue;
    }
    char* after = nullptr;
    shape.push_back(std::strtoll(at, &after, 10));
    at = after;
  }
  Tensor out(Shape(shape), wide ? float64 : float32);
  visit(out.dtype(), [&]<class T>() {
    std::memcpy(out.mutable_data<T>(), bytes.data() + end + 1,
                static_cast<std::size_t>(out.size()) * sizeof(T));
  });
  return out;
}

}  // namespace hourglass::interop
