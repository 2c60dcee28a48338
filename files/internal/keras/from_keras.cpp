#include <hourglass/files/internal/keras/from_keras.h>
#include <hourglass/files/internal/keras/options.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/embedding.h>
#include <hourglass/nn/layers/gru.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/merge.h>
#include <hourglass/nn/layers/noise.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/pool1d.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <array>

namespace hourglass::files::keras {

std::int64_t Making::channels() const {
  if (input.empty() || input.back() == kUnknown)
    fields.refuse("the last extent of its input " + text(input) + " is not known");
  return input.back();
}

namespace {

void expect_channels_last(const Fields& fields) { fields.expect_text("data_format", {"channels_last"}); }

// Options that all layers with a kernel have. Keras's leaky_relu becomes a layer of its own.
template <class Options>
bool read_common(const Making& m, Options& o, const std::string& prefix = "kernel") {
  const Fields& f = m.fields;
  const std::optional<nn::Activation> activation = activation_of(f);
  if (activation) o.activation = *activation;
  o.bias = f.boolean("use_bias", true);
  o.kernel_initializer = initializer_of(f, (prefix + "_initializer").c_str(), o.kernel_initializer);
  o.bias_initializer = initializer_of(f, "bias_initializer", o.bias_initializer);
  o.kernel_regularizer = regularizer_of(f, (prefix + "_regularizer").c_str());
  o.activity_regularizer = regularizer_of(f, "activity_regularizer");
  f.expect_null({"bias_regularizer", (prefix + "_constraint").c_str(), "bias_constraint"});
  o.dtype = m.dtype;
  return !activation;
}

template <class L>
void add_with_kernel(Making& m, L layer, bool is_leaky, const char* kernel = "kernel") {
  L& added = m.add(std::move(layer));
  m.weights.push_back({kernel, &added.kernel});
  if (added.bias) m.weights.push_back({"bias", &*added.bias});
  if (is_leaky) m.add(nn::LeakyReLU(0.2));
}

void dense(Making& m) {
  nn::DenseOptions o;
  const bool is_leaky = read_common(m, o);
  add_with_kernel(m, nn::Dense(m.channels(), m.fields.integer("units", 0), o), is_leaky);
}

template <class Options>
void read_window(const Fields& f, Options& o) {
  expect_channels_last(f);
  o.kernel = f.pair("kernel_size", o.kernel);
  o.stride = f.pair("strides", o.stride);
  o.padding = padding_of(f);
  o.dilation = f.pair("dilation_rate", o.dilation);
}

void conv_2d(Making& m) {
  nn::Conv2DLayerOptions o;
  read_window(m.fields, o);
  o.groups = m.fields.integer("groups", 1);
  const bool is_leaky = read_common(m, o);
  add_with_kernel(m, nn::Conv2D(m.channels(), m.fields.integer("filters", 0), o), is_leaky);
}

void conv_1d(Making& m) {
  const Fields& f = m.fields;
  nn::Conv1DLayerOptions o;
  expect_channels_last(f);
  o.kernel = f.single("kernel_size", o.kernel), o.stride = f.single("strides", 1);
  o.padding = padding_of(f), o.dilation = f.single("dilation_rate", 1), o.groups = f.integer("groups", 1);
  const bool is_leaky = read_common(m, o);
  add_with_kernel(m, nn::Conv1D(m.channels(), f.integer("filters", 0), o), is_leaky);
}

void conv_1d_transpose(Making& m) {
  const Fields& f = m.fields;
  nn::Conv1DTransposeOptions o;
  expect_channels_last(f);
  o.kernel = f.single("kernel_size", o.kernel), o.stride = f.single("strides", 1);
  o.padding = padding_of(f), o.dilation = f.single("dilation_rate", 1);
  if (f.find("output_padding")) o.output_padding = f.single("output_padding", 0, 0);
  const bool is_leaky = read_common(m, o);
  add_with_kernel(m, nn::Conv1DTranspose(m.channels(), f.integer("filters", 0), o), is_leaky);
}

void conv_transpose(Making& m) {
  nn::ConvTranspose2DOptions o;
  read_window(m.fields, o);
  if (m.fields.find("output_padding")) o.output_padding = m.fields.pair("output_padding", 0, 0);
  const bool is_leaky = read_common(m, o);
  add_with_kernel(m, nn::ConvTranspose2D(m.channels(), m.fields.integer("filters", 0), o), is_leaky);
}

void depthwise(Making& m) {
  nn::DepthwiseConv2DOptions o;
  read_window(m.fields, o);
  o.depth_multiplier = m.fields.integer("depth_multiplier", 1);
  const bool is_leaky = read_common(m, o, "depthwise");
  add_with_kernel(m, nn::DepthwiseConv2D(m.channels(), o), is_leaky, "depthwise_kernel");
}

// What LSTM and GRU have in common.
template <class Options>
Options recurrent_options(const Making& m) {
  const Fields& f = m.fields;
  f.expect_text("activation", {"tanh"});
  f.expect_text("recurrent_activation", {"sigmoid"});
  f.expect_false({"return_state", "go_backwards", "stateful", "time_major", "zero_output_for_mask"});
  f.expect_zero({"dropout", "recurrent_dropout"});
  f.expect_null({"bias_regularizer", "activity_regularizer", "kernel_constraint", "recurrent_constraint",
                 "bias_constraint"});
  Options o;
  o.return_sequences = f.boolean("return_sequences", false), o.bias = f.boolean("use_bias", true);
  o.kernel_initializer = initializer_of(f, "kernel_initializer", o.kernel_initializer);
  o.recurrent_initializer = initializer_of(f, "recurrent_initializer", o.recurrent_initializer);
  o.bias_initializer = initializer_of(f, "bias_initializer", o.bias_initializer);
  o.kernel_regularizer = regularizer_of(f, "kernel_regularizer");
  o.recurrent_regularizer = regularizer_of(f, "recurrent_regularizer");
  o.dtype = m.dtype;
  return o;
}
template <class L>
void add_recurrent(Making& m, L made) {
  L& layer = m.add(std::move(made));
  m.weights = {{"kernel", &layer.kernel}, {"recurrent_kernel", &layer.recurrent_kernel}};
  if (layer.bias) m.weights.push_back({"bias", &*layer.bias});
}

void lstm(Making& m) {
  auto o = recurrent_options<nn::LSTMOptions>(m);
  o.unit_forget_bias = m.fields.boolean("unit_forget_bias", true);
  add_recurrent(m, nn::LSTM(m.channels(), m.fields.integer("units", 0), o));
}

void gru(Making& m) {
  auto o = recurrent_options<nn::GRUOptions>(m);
  o.reset_after = m.fields.boolean("reset_after", true);
  add_recurrent(m, nn::GRU(m.channels(), m.fields.integer("units", 0), o));
}

void embedding(Making& m) {
  const Fields& f = m.fields;
  f.expect_false({"mask_zero"});
  f.expect_null({"embeddings_regularizer", "embeddings_constraint", "activity_regularizer", "lora_rank"});
  nn::EmbeddingOptions o;
  o.embeddings_initializer = initializer_of(f, "embeddings_initializer", o.embeddings_initializer);
  o.dtype = m.dtype;
  nn::Embedding& layer = m.add(nn::Embedding(f.integer("input_dim", 0), f.integer("output_dim", 0), o));
  m.weights.push_back({"embeddings", &layer.embeddings});
}

void expect_last_axis(const Making& m) {
  const Json* axis = m.fields.find("axis");
  if (axis && axis->is_array() && axis->size() == 1) axis = &axis->front();
  if (axis && *axis != -1 && *axis != std::ssize(m.input))
    m.fields.refuse("the axis " + axis->dump() + " has no counterpart (-1, the last, has)");
}

void batch_normalization(Making& m) {
  const Fields& f = m.fields;
  expect_last_axis(m);
  f.expect_false({"renorm", "synchronized"});
  f.expect_null({"beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint"});
  nn::BatchNormalizationOptions o;
  o.momentum = f.number("momentum", o.momentum), o.epsilon = f.number("epsilon", o.epsilon);
  o.center = f.boolean("center", true), o.scale = f.boolean("scale", true), o.dtype = m.dtype;
  nn::BatchNormalization& layer = m.add(nn::BatchNormalization(m.channels(), o));
  if (layer.gamma) m.weights.push_back({"gamma", &*layer.gamma});
  if (layer.beta) m.weights.push_back({"beta", &*layer.beta});
  m.weights.push_back({"moving_mean", &layer.moving_mean});
  m.weights.push_back({"moving_variance", &layer.moving_variance});
}

void layer_normalization(Making& m) {
  const Fields& f = m.fields;
  expect_last_axis(m);
  f.expect_false({"rms_scaling"});
  f.expect_null({"beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint"});
  nn::LayerNormalizationOptions o;
  o.epsilon = f.number("epsilon", o.epsilon);
  o.center = f.boolean("center", true), o.scale = f.boolean("scale", true), o.dtype = m.dtype;
  nn::LayerNormalization& layer = m.add(nn::LayerNormalization(m.channels(), o));
  if (layer.gamma) m.weights.push_back({"gamma", &*layer.gamma});
  if (layer.beta) m.weights.push_back({"beta", &*layer.beta});
}

Pool2DOptions pool_options(const Fields& f) {
  expect_channels_last(f);
  Pool2DOptions o;
  o.window = f.pair("pool_size", o.window);
  if (f.find("strides")) o.stride = f.pair("strides", 1);
  o.padding = padding_of(f);
  return o;
}
void max_pool(Making& m) { m.add(nn::MaxPool2D(pool_options(m.fields))); }
void average_pool(Making& m) { m.add(nn::AveragePool2D(pool_options(m.fields))); }

nn::Pool1DOptions pool_1d_options(const Fields& f) {
  expect_channels_last(f);
  nn::Pool1DOptions o;
  o.window = f.single("pool_size", o.window);
  if (f.find("strides")) o.stride = f.single("strides", 1);
  o.padding = padding_of(f);
  return o;
}
void max_pool_1d(Making& m) { m.add(nn::MaxPool1D(pool_1d_options(m.fields))); }
void average_pool_1d(Making& m) { m.add(nn::AveragePool1D(pool_1d_options(m.fields))); }
void upsampling_1d(Making& m) { m.add(nn::UpSampling1D({.factor = m.fields.single("size", 2)})); }

void global_pool(Making& m) {
  expect_channels_last(m.fields);
  m.add(nn::GlobalAveragePool2D({.keepdims = m.fields.boolean("keepdims", false)}));
}

void upsampling(Making& m) {
  expect_channels_last(m.fields);
  m.fields.expect_text("interpolation", {"nearest", "bilinear"});
  const bool bilinear = m.fields.text("interpolation", "nearest") == "bilinear";
  m.add(nn::UpSampling2D({.factor = m.fields.pair("size", 2),
                          .interpolation = bilinear ? Interpolation::bilinear : Interpolation::nearest}));
}

nn::Edges2D edges_of(const Fields& f, const char* name) {
  expect_channels_last(f);
  const auto [top, bottom, left, right] = f.edges(name);
  return {top, bottom, left, right};
}
void zero_padding(Making& m) { m.add(nn::ZeroPadding2D(edges_of(m.fields, "padding"))); }
void cropping(Making& m) { m.add(nn::Cropping2D(edges_of(m.fields, "cropping"))); }

double rate_of(const Fields& f, const char* name) {
  const double rate = f.number(name, 0.0);
  if (rate < 0.0 || rate >= 1.0) f.refuse(std::string(name) + " is not in [0, 1)");
  return rate;
}
void dropout(Making& m) {
  m.fields.expect_null({"noise_shape"});
  m.add(nn::Dropout(rate_of(m.fields, "rate")));
}
void spatial_dropout(Making& m) {
  expect_channels_last(m.fields);
  m.add(nn::SpatialDropout2D(rate_of(m.fields, "rate")));
}
void gaussian_noise(Making& m) { m.add(nn::GaussianNoise(m.fields.number("stddev", 0.0))); }

void flatten(Making& m) {
  expect_channels_last(m.fields);
  m.add(nn::Flatten());
}
void repeat_vector(Making& m) { m.add(nn::RepeatVector(m.fields.integer("n", 0))); }
void reshape(Making& m) {
  std::vector<std::int64_t> target;
  for (const Json& n : m.fields.config().value("target_shape", Json::array()))
    target.push_back(n.get<std::int64_t>());
  m.add(nn::Reshape(target));
}

void activation(Making& m) {
  const std::optional<nn::Activation> f = activation_of(m.fields);
  if (!f) {
    m.add(nn::LeakyReLU(0.2));
    return;
  }
  const std::string& name = f->name();
  if (name == "relu") return static_cast<void>(m.add(nn::ReLU()));
  if (name == "sigmoid") return static_cast<void>(m.add(nn::Sigmoid()));
  if (name == "tanh") return static_cast<void>(m.add(nn::Tanh()));
  if (name == "selu") return static_cast<void>(m.add(nn::SELU()));
  if (name == "gelu") return static_cast<void>(m.add(nn::GELU()));
  if (name == "silu") return static_cast<void>(m.add(nn::SiLU()));
  if (name == "softplus") return static_cast<void>(m.add(nn::Softplus()));
  m.add(nn::Lambda(*f));
}

void relu_layer(Making& m) {
  m.fields.expect_null({"max_value"});
  m.fields.expect_zero({"threshold"});
  const double slope = m.fields.number("negative_slope", 0.0);
  if (slope != 0.0) {
    m.add(nn::LeakyReLU(slope));
  } else {
    m.add(nn::ReLU());
  }
}
void leaky_relu_layer(Making& m) {  // alpha: before Keras 3
  m.add(nn::LeakyReLU(m.fields.number("negative_slope", m.fields.number("alpha", 0.3))));
}
void elu_layer(Making& m) { m.add(nn::ELU(m.fields.number("alpha", 1.0))); }
void softmax_layer(Making& m) {
  m.add(nn::Softmax(static_cast<int>(m.fields.integer("axis", -1, -static_cast<std::int64_t>(kMaxRank)))));
}

template <class L>
void merge(Making& m) {
  m.add(L());
}
void concatenate(Making& m) {
  m.add(
      nn::Concatenate(static_cast<int>(m.fields.integer("axis", -1, -static_cast<std::int64_t>(kMaxRank)))));
}
void dot(Making& m) {
  const Json* axes = m.fields.find("axes");
  if (axes && axes->is_array() && axes->size() == 2 && axes->at(0) == axes->at(1)) axes = &axes->front();
  if (!axes || (*axes != std::ssize(m.input) && *axes != -1))
    m.fields.refuse("its axes have no counterpart (the last of both has)");
  m.add(nn::Dot({.normalize = m.fields.boolean("normalize", false)}));
}

struct Maker {
  const char* type;
  void (*make)(Making& making);
};
constexpr auto kMakers = std::to_array<Maker>({{"Dense", dense},
                                               {"Conv2D", conv_2d},
                                               {"Conv1D", conv_1d},
                                               {"Conv2DTranspose", conv_transpose},
                                               {"DepthwiseConv2D", depthwise},
                                               {"LSTM", lstm},
                                               {"GRU", gru},
                                               {"Conv1DTranspose", conv_1d_transpose},
                                               {"MaxPooling1D", max_pool_1d},
                                               {"AveragePooling1D", average_pool_1d},
                                               {"UpSampling1D", upsampling_1d},
                                               {"Embedding", embedding},
                                               {"BatchNormalization", batch_normalization},
                                               {"LayerNormalization", layer_normalization},
                                               {"MaxPooling2D", max_pool},
                                               {"AveragePooling2D", average_pool},
                                               {"GlobalAveragePooling2D", global_pool},
                                               {"UpSampling2D", upsampling},
                                               {"ZeroPadding2D", zero_padding},
                                               {"Cropping2D", cropping},
                                               {"Dropout", dropout},
                                               {"SpatialDropout2D", spatial_dropout},
                                               {"GaussianNoise", gaussian_noise},
                                               {"Flatten", flatten},
                                               {"Reshape", reshape},
                                               {"RepeatVector", repeat_vector},
                                               {"Activation", activation},
                                               {"ReLU", relu_layer},
                                               {"LeakyReLU", leaky_relu_layer},
                                               {"ELU", elu_layer},
                                               {"Softmax", softmax_layer},
                                               {"Add", merge<nn::Add>},
                                               {"Subtract", merge<nn::Subtract>},
                                               {"Multiply", merge<nn::Multiply>},
                                               {"Average", merge<nn::Average>},
                                               {"Maximum", merge<nn::Maximum>},
                                               {"Minimum", merge<nn::Minimum>},
                                               {"Concatenate", concatenate},
                                               {"Dot", dot}});

}  // namespace

void make_layer(const std::string& type, Making& making) {
  const auto* const maker =
      std::find_if(kMakers.begin(), kMakers.end(), [&](const Maker& m) { return type == m.type; });
  if (maker == kMakers.end()) {
    std::string known;
    for (const Maker& m : kMakers) known += (known.empty() ? "" : ", ") + std::string(m.type);
    throw FileError("{}: there is no layer here that a {} could be; there are {}", making.fields.where(),
                    type, known);
  }
  try {
    maker->make(making);
  } catch (const FileError&) {
    throw;
  } catch (const Error& e) {  // options that the layer refuses
    throw FileError("{}: {}; write the file again with Keras", making.fields.where(), e.message());
  }
}

}  // namespace hourglass::files::keras
