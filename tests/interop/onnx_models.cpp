// Writes models as ONNX files, each into a folder of its own with inputs and our outputs as .npy files:
//     onnx_models FOLDER
// Together they use every layer, activation and kind; check_onnx.py and run_onnx.mjs read them.

#include "onnx_folder.h"

#include <hourglass/autoencoders.h>
#include <hourglass/autograd.h>
#include <hourglass/nn.h>
#include <hourglass/onnx.h>
#include <hourglass/tensor.h>

#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>

namespace hourglass::interop {
namespace {

constexpr Padding same = Padding::same;

void add_twelve(Folder& folder) {
  for (const std::string& name : example_names()) {
    Example example = trained_example(name);
    if (auto* const kind = dynamic_cast<ae::Autoencoder*>(example.model.get())) {
      folder.add_kind("twelve." + name, *kind, example.inputs);
    } else {
      folder.add("twelve." + name, *example.model, example.inputs);
    }
    if (name == "float64")
      folder.add("twelve.float64_as_float32", *example.model, example.inputs, {.dtype = float32});
  }
}

void add_activations(Folder& folder) {
  const std::vector<std::pair<std::string, nn::Activation>> all{{"relu", relu},
                                                                {"sigmoid", sigmoid},
                                                                {"tanh", tanh},
                                                                {"selu", selu},
                                                                {"gelu", gelu},
                                                                {"silu", silu},
                                                                {"softplus", softplus},
                                                                {"exp", exp},
                                                                {"square", square},
                                                                {"leaky_relu", leaky_relu},
                                                                {"elu", elu},
                                                                {"softmax", softmax},
                                                                {"log_softmax", log_softmax},
                                                                {"linear", nn::Activation::linear}};
  for (const auto& [name, f] : all) {
    folder.add("activation." + name, Sequential{nn::Dense(6, 5, {.activation = f})}, {6});
    folder.add("activation.images." + name, Sequential{nn::Conv2D(2, 3, {.activation = f})}, {5, 4, 2});
  }
  folder.add("activation.layers",
             Sequential{nn::Dense(6, 5), nn::LeakyReLU(0.3), nn::ELU(0.7), nn::Softmax(-1)}, {6});
  folder.add("activation.softmax_of_columns", Sequential{nn::Conv2D(2, 3), nn::Softmax(2), nn::Softmax(3)},
             {5, 4, 2});
}

void add_convolutions(Folder& folder) {
  int i = 0;
  for (const std::int64_t kernel : {1, 2, 3, 4}) {
    for (const std::int64_t stride : {1, 2, 3}) {
      for (const std::int64_t dilation : {1, 2}) {
        for (const Padding& padding : {Padding::valid, same}) {
          const std::string name = std::to_string(i++);
          const Extent2 k{kernel, 3}, s{stride, stride == 3 ? 1 : stride};
          folder.add("conv2d." + name,
                     Sequential{nn::Conv2D(
                         2, 3, {.kernel = k, .stride = s, .padding = padding, .dilation = dilation})},
                     {9, 10, 2});
          folder.add("transposed." + name,
                     Sequential{nn::ConvTranspose2D(
                         3, 2, {.kernel = k, .stride = s, .padding = padding, .dilation = dilation})},
                     {4, 5, 3});
          if (stride > 1)
            folder.add("transposed_more." + name,
                       Sequential{nn::ConvTranspose2D(3, 2,
                                                      {.kernel = k,
                                                       .stride = stride,
                                                       .padding = padding,
                                                       .output_padding = Extent2(stride - 1, 0),
                                                       .dilation = dilation,
                                                       .bias = false})},
                       {4, 5, 3});
        }
      }
    }
  }
  folder.add("conv2d.groups", Sequential{nn::Conv2D(4, 6, {.groups = 2, .activation = relu})}, {6, 5, 4});
  folder.add("conv2d.given", Sequential{nn::Conv2D(2, 3, {.padding = {2, 0, 1, 1}})}, {6, 5, 2});
  folder.add("depthwise",
             Sequential{nn::DepthwiseConv2D(
                 3, {.stride = 2, .padding = same, .depth_multiplier = 2, .activation = tanh})},
             {6, 5, 3});
  folder.add("conv1d",
             Sequential{nn::Conv1D(3, 4, {.kernel = 3, .stride = 2, .padding = same, .activation = relu}),
                        nn::Conv1D(4, 2, {.kernel = 2, .dilation = 2})},
             {9, 3});
}

void add_images(Folder& folder) {
  int i = 0;
  for (const Padding& padding : {Padding::valid, same, Padding(1)}) {
    for (const std::int64_t stride : {1, 2, 3}) {
      const Pool2DOptions pool{.window = {2, 3}, .stride = stride, .padding = padding};
      folder.add("max_pool." + std::to_string(i), Sequential{nn::MaxPool2D(pool)}, {7, 8, 2});
      folder.add("average_pool." + std::to_string(i++), Sequential{nn::AveragePool2D(pool)}, {7, 8, 2});
    }
  }
  folder.add("pooled", Sequential{nn::MaxPool2D(), nn::GlobalAveragePool2D({.keepdims = true})}, {8, 8, 3});
  folder.add("global", Sequential{nn::Conv2D(3, 4), nn::GlobalAveragePool2D(), nn::Dense(4, 2)}, {8, 8, 3});
  for (const Interpolation kind : {Interpolation::nearest, Interpolation::bilinear}) {
    const std::string name = kind == Interpolation::nearest ? "nearest" : "bilinear";
    folder.add("upsampling." + name, Sequential{nn::UpSampling2D({.factor = {2, 3}, .interpolation = kind})},
               {3, 4, 2});
    folder.add("upsampling.far." + name, Sequential{nn::UpSampling2D({.factor = 5, .interpolation = kind})},
               {3, 1, 2});
  }
  folder.add("edges",
             Sequential{nn::ZeroPadding2D({1, 2, 0, 3}), nn::Conv2D(2, 2), nn::Cropping2D({0, 1, 2, 0}),
                        nn::ZeroPadding2D()},
             {5, 4, 2});
  folder.add("flattened",
             Sequential{nn::Conv2D(2, 3), nn::MaxPool2D(), nn::Flatten(), nn::Dense(18, 4),
                        nn::Reshape({2, 1, 2}), nn::Conv2D(2, 3, {.kernel = 1})},
             {6, 8, 2});
}

// An LSTM and a GRU that go on from where another ended.
struct Continued : nn::Layer {
  nn::LSTM first{3, 4}, second{3, 4, {.return_sequences = true}};
  nn::GRU third{3, 4, {.return_sequences = true}};
  Variable forward(const Variable& x) override {
    const std::vector<Variable> state = first(x, {}).state;
    const nn::RecurrentOutput out = second(x, {.lengths = {}, .initial_state = state});
    const Variable last = third(x, {.lengths = {}, .initial_state = {out.state[1]}}).y;
    return concat({out.y, last}, 2);
  }
  void visit(nn::Visitor& v) override { v("first", first), v("second", second), v("third", third); }
};

void add_others(Folder& folder) {
  folder.add("batch_norm.rows", Sequential{nn::BatchNormalization(4, {.scale = false})}, {4});
  folder.add("batch_norm.steps", Sequential{nn::BatchNormalization(4)}, {3, 4});
  folder.add("batch_norm.images",
             Sequential{nn::Conv2D(2, 4), nn::BatchNormalization(4, {.center = false}), nn::ReLU()},
             {5, 5, 2});
  folder.add("layer_norm.rows", Sequential{nn::LayerNormalization(4)}, {4});
  folder.add("layer_norm.images",
             Sequential{nn::Conv2D(2, 4), nn::LayerNormalization(4, {.center = false}),
                        nn::LayerNormalization(4, {.scale = false})},
             {5, 5, 2});
  folder.add(
      "noise",
      Sequential{nn::Conv2D(2, 3), nn::SpatialDropout2D(0.5), nn::GaussianNoise(1.0), nn::Dropout(0.5)},
      {5, 5, 2});
  folder.add("lstm.both_ways",
             Sequential{nn::LSTM(3, 4, {.bias = false}), nn::RepeatVector(6),
                        nn::LSTM(4, 5, {.return_sequences = true}), nn::Dense(5, 3, {.activation = tanh})},
             {6, 3});
  folder.add("both_ways",
             Sequential{nn::Bidirectional(nn::GRU(3, 4, {.return_sequences = true})),
                        nn::GRU(8, 2, {.bias = false, .reset_after = false})},
             {6, 3});
  Continued continued;
  folder.add("lstm.goes_on", continued, {5, 3});
  folder.add("one_axis",
             Sequential{nn::Conv1DTranspose(3, 4, {.stride = 2, .padding = same}), nn::MaxPool1D(),
                        nn::AveragePool1D(), nn::UpSampling1D(), nn::TimeDistributed(nn::Dense(4, 2))},
             {6, 3});
  nn::Dense dense(6, 3);
  nn::TiedDense tied(dense, {.activation = sigmoid});
  folder.add("tied", Sequential{std::move(dense), std::move(tied)}, {6});
  Sequential words{nn::Embedding(10, 4), nn::LSTM(4, 3)};
  Generator generator(3);
  folder.add("embedding", static_cast<nn::Layer&>(words), randint({5, 7}, 0, 10, generator),
             {.input = int64});
  Sequential word{nn::Embedding(10, 4), nn::Dense(4, 2)};
  folder.add("embedding.one", static_cast<nn::Layer&>(word), randint({5}, 0, 10, generator),
             {.input = int64});
  folder.add("identity", Sequential{}, {6});
}

// Modules of a reader's own.

struct Attention final : nn::Layer {
  nn::Dense q{6, 8}, k{6, 8}, v{6, 8}, out{8, 6};
  Variable forward(const Variable& x) override {
    const auto heads = [&](nn::Dense& part) {
      return permute(reshape(part(x), {x.shape(0), x.shape(1), 2, 4}), {0, 2, 1, 3});
    };
    const Variable mask = tril(ones({x.shape(1), x.shape(1)}));
    const Variable scores = einsum("nhqd,nhkd->nhqk", {heads(q), heads(k)}) / 2.0 + (mask - 1.0) * 1e4;
    const Variable y = permute(matmul(softmax(scores, -1), heads(v)), {0, 2, 1, 3});
    return x + out(reshape(y, {x.shape(0), x.shape(1), 8}));
  }
  void visit(nn::Visitor& visitor) override {
    visitor("q", q), visitor("k", k), visitor("v", v), visitor("out", out);
  }
};

struct Unet final : nn::Layer {
  nn::Conv2D down{2, 4, {.padding = same, .activation = relu}},
      middle{4, 4, {.padding = same, .activation = gelu}}, last{8, 2, {.kernel = 1}};
  nn::MaxPool2D pool;
  nn::UpSampling2D up{{.interpolation = Interpolation::bilinear}};
  Variable offset = Variable::parameter(full({2}, 0.25, float32));
  Variable forward(const Variable& x) override {
    const Variable a = down(x), b = up(middle(pool(a)));
    const Variable y = last(concat({a, b}, -1)) * 0.5 + offset;
    return sigmoid(y + x) - mean(y, {1, 2}, {.keepdims = true});
  }
  void visit(nn::Visitor& v) override {
    v("down", down), v("middle", middle), v("last", last), v("offset", offset);
  }
};

struct Functions final : nn::Layer {
  Variable forward(const Variable& x) override {
    const Variable p = abs(x) + 0.5, n = 2.0 - x, c = clip(x, -0.5, 0.5);
    const Variable sums = concat({sum(x, 1, {.keepdims = true}), mean(x, {1}, {.keepdims = true}),
                                  var(x, 1, {.keepdims = true, .ddof = 1}), std(x, 1, {.keepdims = true}),
                                  norm(x, 1, {.keepdims = true}), logsumexp(x, 1, {.keepdims = true}),
                                  max(x, 1, {.keepdims = true}), min(x, 1, {.keepdims = true})},
                                 1);
    const Variable rows = concat({log(p),          sqrt(p),       rsqrt(p),
                                  pow(p, 1.5),     1.0 / p,       n / p,
                                  log1p(p),        expm1(c),      sin(x),
                                  cos(x),          erf(x),        floor(x),
                                  ceil(x),         sign(x),       round(x),
                                  maximum(x, 0.1), minimum(x, n), normal_cdf(x),
                                  normal_pdf(x),   center(x, 1),  standardize(x, 1, 1e-3),
                                  cumsum(x, 1),    flip(x, {1}),  keep_top_k(x, 3),
                                  tril(x),         triu(x, 1),    where(Tensor(ones({8})).to(uint8), x, n)},
                                 1);
    const Variable wide =
        stack({slice(x, {Slice{}, Slice{1, -1, 2}}), slice(x, {Slice{}, Slice{6, 3, -1}})}, 2);
    const Variable outer = unsqueeze(x, 2) * unsqueeze(n, 1);
    return concat({sums, rows, flatten(wide, 1), flatten(outer, 1), pad(x, {{0, 0}, {2, 1}}, 0.5)}, 1);
  }
};

void add_own(Folder& folder) {
  Attention attention;
  folder.add("own.attention", attention, {5, 6});
  Unet unet;
  folder.add("own.unet", unet, {8, 12, 2});
  Functions functions;
  folder.add("own.functions", functions, {8});
}

// Several inputs and outputs, by names, one of them indices.
void add_two_inputs(Folder& folder) {
  nn::Dense one(4, 3), two(5, 3, {.activation = relu});
  Sequential both{std::move(one), std::move(two)};
  const std::string path = folder.make("own.two_inputs");
  const auto forward = [&](const std::vector<Variable>& in) {
    const Variable a = both[0](in[0]), b = both[1](in[1]);
    return std::vector<onnx::NetworkOutput>{
        {"sum", a + b},
        {"product", a * b},
        {"chosen", gather(a, in[2].value(), 1)},
        {"larger", where(a > b, a, -b) + where(a.detach() <= 0.25, b, a)}};
  };
  onnx::save(path + "/model.onnx", both, {{"left", {4}}, {"right", {5}}, {"at", {2}, int64}}, forward);
  Generator generator(4);
  const std::vector<Variable> in{folder.numbers({6, 4}, float32), folder.numbers({6, 5}, float32),
                                 randint({6, 2}, 0, 3, generator)};
  write_npy(path + "/in.left.npy", in[0].value()), write_npy(path + "/in.right.npy", in[1].value());
  write_npy(path + "/in.at.npy", in[2].value());
  for (const onnx::NetworkOutput& y : forward(in))
    write_npy(path + "/out." + y.name + ".npy", y.value.value());
}

// Graphs of layers: every way to merge, a layer that is called twice, several inputs and outputs.
void add_graphs(Folder& folder) {
  const auto x = nn::input({8, 12, 2}, {.name = "image"}), z = nn::input({3}, {.name = "code"});
  nn::Part shared = nn::Conv2D(4, 4, {.padding = same, .activation = relu});
  const auto a = x.then(nn::Conv2D(2, 4, {.padding = same})), b = a.then(shared), c = b.then(shared);
  const auto flat = nn::concatenate({nn::average({a, b}), nn::maximum({b, c}), nn::minimum({a, c})}, -1)
                        .then(nn::GlobalAveragePool2D());
  const auto gate = z.then(nn::Dense(3, 12, {.activation = sigmoid}));
  const auto y = (flat * gate - gate + flat).then({"head", nn::Dense(12, 5)});
  nn::Graph graph({x, z}, {y, nn::dot(flat, gate), (b * c).then({"features", nn::MaxPool2D()})});
  const std::string path = folder.make("graph");
  onnx::save(path + "/model.onnx", graph);
  const std::vector<Variable> in{folder.numbers({5, 8, 12, 2}, float32), folder.numbers({5, 3}, float32)};
  const std::vector<Variable> out = graph(in);
  write_npy(path + "/in.image.npy", in[0].value()), write_npy(path + "/in.code.npy", in[1].value());
  write_npy(path + "/out.head.npy", out[0].value()), write_npy(path + "/out.dot.npy", out[1].value());
  write_npy(path + "/out.features.npy", out[2].value());
}

void add_kinds(Folder& folder) {
  using Penalty = ae::SparseOptions::Penalty;
  folder.add_kind("kind.basic",
                  ae::BasicAutoencoder({.features = 12, .latent = 5, .loss = ae::ReconstructionLoss::bce}),
                  {12});
  folder.add_kind("kind.denoising", ae::DenoisingAutoencoder({.features = 12, .hidden = {8}, .latent = 5}),
                  {12});
  for (const Penalty penalty : {Penalty::l1, Penalty::kl, Penalty::top_k})
    folder.add_kind("kind.sparse." + std::to_string(static_cast<int>(penalty)),
                    ae::SparseAutoencoder({.features = 12, .latent = 20, .penalty = penalty, .k = 4}), {12});
  folder.add_kind("kind.variational",
                  ae::VariationalAutoencoder(
                      {.features = 12, .hidden = {8}, .latent = 3, .likelihood = ae::Likelihood::gaussian}),
                  {12});
  ae::TabularAutoencoder table(
      {.columns = {{1, false}, {3, true}, {1, false}}, .hidden = {6}, .latent = 2, .sees_holes = true});
  Tensor rows = folder.numbers({6, 5}, float32);
  for (const std::int64_t i : {0, 7, 8, 29})
    rows.mutable_data<float>()[i] = std::numeric_limits<float>::quiet_NaN();
  folder.add_kind("kind.tabular", table, rows);
  folder.add_kind("kind.convolutional", ae::ConvolutionalAutoencoder({.image = {8, 12}}), {96});
}

}  // namespace
}  // namespace hourglass::interop

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: onnx_models FOLDER\n";
    return 2;
  }
  try {
    using namespace hourglass::interop;
    Folder folder(argv[1]);
    add_twelve(folder), add_activations(folder), add_convolutions(folder), add_images(folder);
    add_others(folder), add_own(folder), add_two_inputs(folder), add_graphs(folder), add_kinds(folder);
    std::cout << folder.count() << " models\n";
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
