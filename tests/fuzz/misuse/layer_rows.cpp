#include "draw.h"

// Layers, made with any options and called with any input; what walks over modules; initialisers.
namespace hourglass::fuzz {

namespace {

nn::Activation activation(Draw& d) {
  switch (d.axis()) {
    case 0:
      return relu;
    case 1:
      return tanh;
    case 2:
      return nn::Activation([](const Variable& x) { return leaky_relu(x, 0.2); });
    case -1:
      return sigmoid;
    default:
      return nn::Activation::linear;
  }
}

nn::Initializer initializer(Draw& d) {
  switch (d.axis()) {
    case 0:
      return nn::he_normal;
    case 1:
      return nn::orthogonal(d.number());
    case 2:
      return nn::constant(d.number());
    case 3:
      return nn::random_uniform(d.number());
    case -1:
      return nn::random_normal(d.number());
    default:
      return nn::glorot_uniform;
  }
}

nn::Regularizer regularizer(Draw& d) {
  return d.once_in(3) ? nn::L1L2(d.number(), d.number()) : nn::Regularizer{};
}

// The fields that all layers with a kernel have.
template <class Options>
Options with_common(Draw& d, Options o) {
  o.activation = activation(d);
  o.bias = d.flag();
  if (d.once_in(3)) o.kernel_initializer = initializer(d);
  if (d.once_in(6)) o.bias_initializer = initializer(d);
  o.kernel_regularizer = regularizer(d);
  o.activity_regularizer = regularizer(d);
  if (d.once_in(6)) o.dtype = d.dtype();
  return o;
}

// Everything that can be done with a layer.
void exercise(Draw& d, nn::Layer& layer, const Tensor& x) {
  d.use(layer.describe());
  layer.train(d.flag());
  d.use(layer(d.variable(x)));
  if (const std::optional<Variable> penalty = nn::regularization_loss(layer)) d.use(*penalty);
  if (d.once_in(4))
    d.use(nn::summary(layer, x.rank() > 0 && d.flag() ? x.shape().without(0) : d.shape(), d.floating()));
  d.use(static_cast<double>(nn::parameter_count(layer)));
  if (d.once_in(4)) nn::set_trainable(layer, false);
  if (d.once_in(4)) nn::check_parameters_listed(sum(layer(d.variable(x))), layer);
}

template <class L>
void exercise_simple(Draw& d, L layer) {
  exercise(d, layer, d.once_in(2) ? d.of({2, 4, 4, 3}, d.floating()) : d.tensor());
}

nn::Edges2D edges(Draw& d) {
  const std::int64_t top = d.size(), bottom = d.size(), left = d.size();
  return {top, bottom, left, d.size()};
}

const std::vector<Row> kKernelRows{
    {"Dense",
     [](Draw& d) {
       const std::int64_t in = d.extent(), out = d.extent();
       nn::Dense layer(in, out, with_common(d, nn::DenseOptions{}));
       exercise(d, layer, d.of({3, in}));
     }},
    {"TiedDense",
     [](Draw& d) {
       nn::Dense other(d.extent(), 3);
       nn::TiedDense layer(other, {.activation = activation(d), .bias = d.flag()});
       exercise(d, layer, d.of({2, 3}));
     }},
    {"Embedding",
     [](Draw& d) {
       nn::Embedding layer(d.once_in(4) ? d.size() : d.extent(), d.extent(3));
       exercise(d, layer, d.indices(4));
     }},
    {"Conv2D",
     [](Draw& d) {
       const std::int64_t in = d.extent(4), out = d.extent(4);
       nn::Conv2DLayerOptions o =
           with_common(d, nn::Conv2DLayerOptions{.kernel = d.extent2(), .padding = d.padding()});
       if (d.once_in(3)) o.stride = d.extent2();
       if (d.once_in(5)) o.dilation = d.extent2();
       if (d.once_in(5)) o.groups = d.size();
       nn::Conv2D layer(in, out, o);
       exercise(d, layer, d.of({2, 5, 5, in}));
     }},
    {"Conv1D",
     [](Draw& d) {
       const std::int64_t in = d.extent(4), out = d.extent(4);
       nn::Conv1DLayerOptions o =
           with_common(d, nn::Conv1DLayerOptions{.kernel = d.extent(), .padding = d.padding()});
       if (d.once_in(3)) o.stride = d.extent();
       if (d.once_in(5)) o.dilation = d.extent();
       if (d.once_in(5)) o.groups = d.size();
       nn::Conv1D layer(in, out, o);
       exercise(d, layer, d.of({2, 7, in}));
     }},
    {"ConvTranspose2D",
     [](Draw& d) {
       const std::int64_t in = d.extent(4), out = d.extent(4);
       nn::ConvTranspose2DOptions o = with_common(d, nn::ConvTranspose2DOptions{.kernel = d.extent2()});
       if (d.once_in(2)) o.stride = d.extent2();
       o.padding = d.once_in(6) ? d.padding() : d.flag() ? Padding::same : Padding::valid;
       if (d.once_in(4)) o.output_padding = Extent2(d.size(), d.size());
       if (d.once_in(5)) o.dilation = d.extent2();
       nn::ConvTranspose2D layer(in, out, o);
       exercise(d, layer, d.of({2, 3, 3, in}));
     }},
    {"DepthwiseConv2D",
     [](Draw& d) {
       const std::int64_t channels = d.extent(4);
       nn::DepthwiseConv2DOptions o =
           with_common(d, nn::DepthwiseConv2DOptions{.kernel = d.extent2(), .padding = d.padding()});
       if (d.once_in(3)) o.stride = d.extent2();
       if (d.once_in(5)) o.dilation = d.extent2();
       if (d.once_in(3)) o.depth_multiplier = d.size();
       nn::DepthwiseConv2D layer(channels, o);
       exercise(d, layer, d.of({2, 5, 5, channels}));
     }},
    {"LSTM",
     [](Draw& d) {
       const std::int64_t features = d.extent(3), units = d.extent(3);
       nn::LSTM layer(features, units,
                      {.return_sequences = d.flag(),
                       .bias = d.flag(),
                       .unit_forget_bias = d.flag(),
                       .kernel_initializer = initializer(d),
                       .dtype = d.once_in(6) ? d.dtype() : float32});
       exercise(d, layer, d.of({2, d.extent(4), features}));
     }},
    {"GRU",
     [](Draw& d) {
       const std::int64_t features = d.extent(3), units = d.extent(3);
       nn::GRU layer(features, units,
                     {.return_sequences = d.flag(),
                      .bias = d.flag(),
                      .reset_after = d.flag(),
                      .kernel_initializer = initializer(d),
                      .dtype = d.once_in(6) ? d.dtype() : float32});
       exercise(d, layer, d.of({2, d.extent(4), features}));
     }},
};

const std::vector<Row> kSimpleRows{
    {"BatchNormalization",
     [](Draw& d) {
       const std::int64_t channels = d.extent();
       nn::BatchNormalization layer(
           channels, {.momentum = d.number(), .epsilon = d.number(), .center = d.flag(), .scale = d.flag()});
       exercise(d, layer, d.of({3, channels}));
     }},
    {"LayerNormalization",
     [](Draw& d) {
       const std::int64_t features = d.extent();
       nn::LayerNormalization layer(features, {.epsilon = d.number(), .center = d.flag(), .scale = d.flag()});
       exercise(d, layer, d.of({3, features}));
     }},
    {"MaxPool2D",
     [](Draw& d) {
       Pool2DOptions o{.window = d.extent2(), .padding = d.padding()};
       if (d.flag()) o.stride = d.extent2();
       exercise_simple(d, nn::MaxPool2D(o));
     }},
    {"AveragePool2D",
     [](Draw& d) {
       Pool2DOptions o{.window = d.extent2(), .padding = d.padding()};
       if (d.flag()) o.stride = d.extent2();
       exercise_simple(d, nn::AveragePool2D(o));
     }},
    {"GlobalAveragePool2D",
     [](Draw& d) { exercise_simple(d, nn::GlobalAveragePool2D({.keepdims = d.flag()})); }},
    {"UpSampling2D",
     [](Draw& d) {
       const Extent2 factor = d.extent2();
       exercise_simple(d, nn::UpSampling2D({.factor = factor,
                                            .interpolation = d.flag() ? Interpolation::nearest
                                                                      : Interpolation::bilinear}));
     }},
    {"ZeroPadding2D", [](Draw& d) { exercise_simple(d, nn::ZeroPadding2D(edges(d))); }},
    {"Cropping2D", [](Draw& d) { exercise_simple(d, nn::Cropping2D(edges(d))); }},
    {"Flatten", [](Draw& d) { exercise_simple(d, nn::Flatten()); }},
    {"Reshape",
     [](Draw& d) {
       exercise_simple(d, nn::Reshape(d.list(4, [&] { return d.once_in(3) ? -1 : d.size(); })));
     }},
    {"RepeatVector",
     [](Draw& d) {
       nn::RepeatVector layer(d.size());
       exercise(d, layer, d.of({2, 3}));
     }},
    {"Dropout", [](Draw& d) { exercise_simple(d, nn::Dropout(d.number())); }},
    {"SpatialDropout2D", [](Draw& d) { exercise_simple(d, nn::SpatialDropout2D(d.number())); }},
    {"GaussianNoise", [](Draw& d) { exercise_simple(d, nn::GaussianNoise(d.number())); }},
    {"ReLU", [](Draw& d) { exercise_simple(d, nn::ReLU()); }},
    {"Sigmoid", [](Draw& d) { exercise_simple(d, nn::Sigmoid()); }},
    {"Tanh", [](Draw& d) { exercise_simple(d, nn::Tanh()); }},
    {"SELU", [](Draw& d) { exercise_simple(d, nn::SELU()); }},
    {"GELU", [](Draw& d) { exercise_simple(d, nn::GELU()); }},
    {"SiLU", [](Draw& d) { exercise_simple(d, nn::SiLU()); }},
    {"Softplus", [](Draw& d) { exercise_simple(d, nn::Softplus()); }},
    {"LeakyReLU", [](Draw& d) { exercise_simple(d, nn::LeakyReLU(d.number())); }},
    {"ELU", [](Draw& d) { exercise_simple(d, nn::ELU(d.number())); }},
    {"Softmax", [](Draw& d) { exercise_simple(d, nn::Softmax(d.axis())); }},
    {"ActivationLayer", [](Draw& d) { exercise_simple(d, nn::ActivationLayer(activation(d))); }},
};

const std::vector<Row> kModuleRows{
    {"Sequential",
     [](Draw& d) {
       nn::Sequential layers{nn::Dense(3, 4, {.activation = relu}), nn::Dropout(0.5),
                             nn::Dense(d.extent(), 2)};
       if (d.once_in(2)) d.use(layers[static_cast<std::size_t>(d.size())].describe());
       exercise(d, layers, d.of({2, 3}));
     }},
    {"Reparameterize",
     [](Draw& d) {
       const LogVarianceRange range =
           d.flag() ? LogVarianceRange{} : LogVarianceRange{d.number(), d.number()};
       nn::Reparameterize layer({.sample_in_eval = d.flag(), .range = range});
       layer.train(d.flag());
       const Variable mean = d.any<Variable>();
       d.use(layer(mean, d.like(mean)));
     }},
    {"Initializer",
     [](Draw& d) {
       const nn::Initializer rule = initializer(d);
       const Shape s = d.shape();
       d.use(rule(s, d.dtype()));
     }},
    {"L1", [](Draw& d) { d.use(nn::L1(d.number())(d.any<Variable>())); }},
    {"L2", [](Draw& d) { d.use(nn::L2(d.number())(d.any<Variable>())); }},
    {"L1L2", [](Draw& d) { d.use(nn::L1L2(d.number(), d.number())(d.any<Variable>())); }},
    {"set_state",
     [](Draw& d) {
       nn::Dense layer(3, 2);
       std::vector<NamedTensor> state = files::state_of(layer);
       for (NamedTensor& part : state) {
         part.value = d.like(part.value);
         if (d.once_in(6)) part.name += "x";
       }
       files::set_state(layer, state, "fuzz");
     }},
    {"weights_sha256",
     [](Draw& d) {
       nn::Dense layer(d.extent(), d.extent());
       d.use(files::weights_sha256(layer));
     }},
    {"sha256", [](Draw& d) { d.use(files::sha256(d.tensor())); }},
};

}  // namespace

std::vector<Row> layer_rows() { return joined({kKernelRows, kSimpleRows, kModuleRows}); }

}  // namespace hourglass::fuzz
