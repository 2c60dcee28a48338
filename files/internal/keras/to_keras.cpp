#include <hourglass/files/internal/keras/to_keras.h>
#include <hourglass/files/internal/keras/writing.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/embedding.h>
#include <hourglass/nn/layers/merge.h>
#include <hourglass/nn/layers/noise.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/layers/tied_dense.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/pool.h>
#include <hourglass/tensor/views.h>

namespace hourglass::files::keras {

namespace {

void dense(nn::Dense& layer, Writing& w) {
  const nn::Dense::Config c = layer.config();
  Json config{{"units", c.out}};
  put_common(w, config, c.options);
  put_weights(w.add("Dense", config), layer);
  w.add_rest(c.options.activation);
}

void tied_dense(nn::TiedDense& layer, Writing& w) {
  const nn::TiedDense::Config c = layer.config();
  Json config{{"units", layer.kernel.shape(0)}};
  put_common(w, config, nn::DenseOptions{.activation = c.options.activation, .bias = c.options.bias});
  Layer& out = w.add("Dense", config);
  put_weights(out, layer);
  out.weights.front().transposed = true;
  w.add_rest(c.options.activation);
}

Json window(const Writing& w, Extent2 kernel, Extent2 stride, const Padding& padding) {
  return {{"kernel_size", to_json(kernel)},
          {"strides", to_json(stride)},
          {"padding", w.padding(padding)},
          {"data_format", "channels_last"}};
}

// Padding by numbers, which a convolution there has not, is a layer before it.
Padding padded_before(Writing& w, const Padding& p) {
  if (p.kind != Padding::Kind::given) return p;
  w.add("ZeroPadding2D",
        {{"padding", Json::array({Json::array({p.top, p.bottom}), Json::array({p.left, p.right})})},
         {"data_format", "channels_last"}});
  return Padding::valid;
}

void conv_2d(nn::Conv2D& layer, Writing& w) {
  const nn::Conv2D::Config c = layer.config();
  Json config{{"filters", c.out}};
  config.update(window(w, c.options.kernel, c.options.stride, padded_before(w, c.options.padding)));
  config["dilation_rate"] = to_json(c.options.dilation);
  config["groups"] = c.options.groups;
  put_common(w, config, c.options);
  put_weights(w.add("Conv2D", config), layer);
  w.add_rest(c.options.activation);
}

void conv_transpose(nn::ConvTranspose2D& layer, Writing& w) {
  const nn::ConvTranspose2D::Config c = layer.config();
  Extent2 kernel = c.options.kernel, dilation = c.options.dilation;
  if (c.options.output_padding && !w.dialect.has_output_padding) w.refuse("there is no output_padding");
  const bool spread = !w.dialect.has_dilated_transpose && dilation != Extent2(1);
  if (spread) {
    kernel = {(kernel.rows - 1) * dilation.rows + 1, (kernel.columns - 1) * dilation.columns + 1};
    dilation = 1;
  }
  Json config{{"filters", c.out}};
  config.update(window(w, kernel, c.options.stride, c.options.padding));
  config["dilation_rate"] = to_json(dilation);
  put_common(w, config, c.options);
  config["output_padding"] = c.options.output_padding ? to_json(*c.options.output_padding) : Json();
  Layer& out = w.add("Conv2DTranspose", config);
  put_weights(out, layer);
  if (spread) {
    out.weights.front().spread_rows = c.options.dilation.rows;
    out.weights.front().spread_columns = c.options.dilation.columns;
  }
  w.add_rest(c.options.activation);
}

void depthwise(nn::DepthwiseConv2D& layer, Writing& w) {
  const nn::DepthwiseConv2D::Config c = layer.config();
  Json config = window(w, c.options.kernel, c.options.stride, padded_before(w, c.options.padding));
  config["depth_multiplier"] = c.options.depth_multiplier;
  config["dilation_rate"] = to_json(c.options.dilation);
  put_common(w, config, c.options, "depthwise");
  put_weights(w.add("DepthwiseConv2D", config), layer, "depthwise_kernel");
  w.add_rest(c.options.activation);
}

void embedding(nn::Embedding& layer, Writing& w) {
  const nn::Embedding::Config c = layer.config();
  w.add("Embedding", {{"input_dim", c.in},
                      {"output_dim", c.out},
                      {"embeddings_initializer", to_json(c.options.embeddings_initializer)},
                      {"mask_zero", false}})
      .weights.push_back({"embeddings", &layer.embeddings});
}

void batch_normalization(nn::BatchNormalization& layer, Writing& w) {
  const nn::BatchNormalizationOptions o = layer.config().options;
  Layer& out = w.add("BatchNormalization", {{"axis", -1},
                                            {"momentum", o.momentum},
                                            {"epsilon", o.epsilon},
                                            {"center", o.center},
                                            {"scale", o.scale}});
  if (layer.gamma) out.weights.push_back({"gamma", &*layer.gamma});
  if (layer.beta) out.weights.push_back({"beta", &*layer.beta});
  out.weights.push_back({"moving_mean", &layer.moving_mean});
  out.weights.push_back({"moving_variance", &layer.moving_variance});
}

void layer_normalization(nn::LayerNormalization& layer, Writing& w) {
  const nn::LayerNormalizationOptions o = layer.config().options;
  Layer& out = w.add("LayerNormalization",
                     {{"axis", -1}, {"epsilon", o.epsilon}, {"center", o.center}, {"scale", o.scale}});
  if (layer.gamma) out.weights.push_back({"gamma", &*layer.gamma});
  if (layer.beta) out.weights.push_back({"beta", &*layer.beta});
}

Json pool(const Writing& w, const Pool2DOptions& o) {
  return {{"pool_size", to_json(o.window)},
          {"padding", w.padding(o.padding)},
          {"strides", to_json(o.stride.value_or(o.window))},
          {"data_format", "channels_last"}};
}
void max_pool(nn::MaxPool2D& layer, Writing& w) { w.add("MaxPooling2D", pool(w, layer.config())); }
void average_pool(nn::AveragePool2D& layer, Writing& w) {
  w.add("AveragePooling2D", pool(w, layer.config()));
}

void global_pool(nn::GlobalAveragePool2D& layer, Writing& w) {
  const bool keepdims = layer.config().keepdims, reshapes = keepdims && !w.dialect.has_keepdims;
  w.add("GlobalAveragePooling2D", {{"data_format", "channels_last"}, {"keepdims", keepdims && !reshapes}});
  if (reshapes) w.add("Reshape", {{"target_shape", Json::array({1, 1, w.input.back()})}});
}

// A Dense without bias that makes n · factor pixels of the n of a row: column j has what pixel j takes of
// each.
void add_interpolation(Writing& w, std::int64_t n, std::int64_t factor) {
  if (n == kUnknown)
    w.refuse("interpolation is written out for images of known size; give an example's shape");
  const Tensor rows = reshape(eye(n), {n, n, 1, 1});
  auto kernel = std::make_shared<Tensor>(
      reshape(upsample2d(rows, {factor, 1}, Interpolation::bilinear), {n, n * factor}).contiguous());
  Layer& out = w.add("Dense", {{"units", n * factor}, {"activation", "linear"}, {"use_bias", false}});
  out.weights.push_back({.name = "kernel", .place = kernel.get(), .constant = kernel});
}

void interpolate_by_products(Writing& w, Extent2 factor) {
  const auto permute = [&](std::initializer_list<int> dims) { w.add("Permute", {{"dims", Json(dims)}}); };
  permute({2, 3, 1});  // (H, W, C) -> (W, C, H)
  add_interpolation(w, w.input.at(0), factor.rows);
  permute({3, 2, 1});  // -> (fH, C, W)
  add_interpolation(w, w.input.at(1), factor.columns);
  permute({1, 3, 2});  // -> (fH, fW, C)
}

void upsampling(nn::UpSampling2D& layer, Writing& w) {
  const nn::UpSampling2DOptions& o = layer.config();
  const bool bilinear = o.interpolation == Interpolation::bilinear;
  if (bilinear && !w.dialect.has_bilinear_half_pixels) return interpolate_by_products(w, o.factor);
  w.add("UpSampling2D", {{"size", to_json(o.factor)},
                         {"data_format", "channels_last"},
                         {"interpolation", bilinear ? "bilinear" : "nearest"}});
}

Json edges(const nn::Edges2D& e) {
  return Json::array({Json::array({e.top, e.bottom}), Json::array({e.left, e.right})});
}
void zero_padding(nn::ZeroPadding2D& layer, Writing& w) {
  w.add("ZeroPadding2D", {{"padding", edges(layer.config())}, {"data_format", "channels_last"}});
}
void cropping(nn::Cropping2D& layer, Writing& w) {
  w.add("Cropping2D", {{"cropping", edges(layer.config())}, {"data_format", "channels_last"}});
}

void dropout(nn::Dropout& layer, Writing& w) {
  w.add("Dropout", {{"rate", layer.config().rate}, {"seed", nullptr}, {"noise_shape", nullptr}});
}
void spatial_dropout(nn::SpatialDropout2D& layer, Writing& w) {
  const double rate = layer.config().rate;
  if (w.dialect.has_spatial_dropout) {
    w.add("SpatialDropout2D", {{"rate", rate}, {"seed", nullptr}, {"data_format", "channels_last"}});
  } else {
    w.add("Dropout",
          {{"rate", rate}, {"seed", nullptr}, {"noise_shape", Json::array({nullptr, 1, 1, nullptr})}});
  }
}
void noise(nn::GaussianNoise& layer, Writing& w) {
  w.add("GaussianNoise", {{"stddev", layer.config().stddev}, {"seed", nullptr}});
}

void flatten(nn::Flatten& /*layer*/, Writing& w) { w.add("Flatten", {{"data_format", "channels_last"}}); }
void reshape(nn::Reshape& layer, Writing& w) { w.add("Reshape", {{"target_shape", layer.config().shape}}); }
void repeat_vector(nn::RepeatVector& layer, Writing& w) { w.add("RepeatVector", {{"n", layer.config().n}}); }

void relu_layer(nn::ReLU& /*layer*/, Writing& w) {
  w.add("ReLU", {{"max_value", nullptr}, {"negative_slope", 0.0}, {"threshold", 0.0}});
}
void leaky_relu_layer(nn::LeakyReLU& layer, Writing& w) {
  w.add("LeakyReLU", {{"negative_slope", layer.config().alpha}});
}
void elu_layer(nn::ELU& layer, Writing& w) { w.add("ELU", {{"alpha", layer.config().alpha}}); }
void softmax_layer(nn::Softmax& layer, Writing& w) { w.add("Softmax", {{"axis", layer.config().axis}}); }
void activation(nn::ActivationLayer& layer, Writing& w) {
  if (layer.function().name() != "leaky_relu")
    w.add("Activation", {{"activation", w.function(layer.function())}});
  w.add_rest(layer.function());
}

template <class L>
void merge(L& /*layer*/, Writing& w) {
  if (std::is_same_v<L, nn::Subtract> && !w.dialect.has_subtract) w.refuse("there is none of its kind");
  w.add(std::is_same_v<L, nn::Add>        ? "Add"
        : std::is_same_v<L, nn::Subtract> ? "Subtract"
        : std::is_same_v<L, nn::Multiply> ? "Multiply"
        : std::is_same_v<L, nn::Average>  ? "Average"
        : std::is_same_v<L, nn::Maximum>  ? "Maximum"
                                          : "Minimum",
        Json::object());
}
void concatenate(nn::Concatenate& layer, Writing& w) {
  w.add("Concatenate", {{"axis", layer.config().axis}});
}
void dot(nn::Dot& layer, Writing& w) {
  w.add("Dot", {{"axes", std::ssize(w.input)}, {"normalize", layer.config().normalize}});
}

const Writers& writers() {
  static const Writers all = [] {
    Writers w;
    put<nn::Dense>(w, dense), put<nn::TiedDense>(w, tied_dense), put<nn::Conv2D>(w, conv_2d);
    put<nn::ConvTranspose2D>(w, conv_transpose);
    put<nn::DepthwiseConv2D>(w, depthwise), put<nn::Embedding>(w, embedding);
    put<nn::BatchNormalization>(w, batch_normalization);
    put<nn::LayerNormalization>(w, layer_normalization);
    put<nn::MaxPool2D>(w, max_pool), put<nn::AveragePool2D>(w, average_pool);
    put<nn::GlobalAveragePool2D>(w, global_pool), put<nn::UpSampling2D>(w, upsampling);
    put<nn::ZeroPadding2D>(w, zero_padding), put<nn::Cropping2D>(w, cropping);
    put<nn::Dropout>(w, dropout), put<nn::SpatialDropout2D>(w, spatial_dropout);
    put<nn::GaussianNoise>(w, noise), put<nn::Flatten>(w, flatten), put<nn::Reshape>(w, reshape);
    put<nn::RepeatVector>(w, repeat_vector), put<nn::ReLU>(w, relu_layer);
    put<nn::LeakyReLU>(w, leaky_relu_layer), put<nn::ELU>(w, elu_layer), put<nn::Softmax>(w, softmax_layer);
    put<nn::Sigmoid>(w, activation), put<nn::Tanh>(w, activation), put<nn::SELU>(w, activation);
    put<nn::GELU>(w, activation), put<nn::SiLU>(w, activation), put<nn::Softplus>(w, activation);
    put<nn::Add>(w, merge<nn::Add>), put<nn::Subtract>(w, merge<nn::Subtract>);
    put<nn::Multiply>(w, merge<nn::Multiply>), put<nn::Average>(w, merge<nn::Average>);
    put<nn::Maximum>(w, merge<nn::Maximum>), put<nn::Minimum>(w, merge<nn::Minimum>);
    put<nn::Concatenate>(w, concatenate), put<nn::Dot>(w, dot);
    put<nn::Lambda>(w, activation), put<nn::ActivationLayer>(w, activation);
    add_sequence_writers(w);
    return w;
  }();
  return all;
}

}  // namespace

std::vector<Layer> layers_of(nn::Module& layer, const Dims& input, const Dialect& dialect) {
  Writing writing{layer, input, dialect};
  const auto found = writers().find(typeid(layer));
  if (found == writers().end()) writing.refuse("there is none of its kind");
  found->second(layer, writing);
  for (Layer& made : writing.out) made.trainable = layer.is_trainable();
  return std::move(writing.out);
}

}  // namespace hourglass::files::keras
