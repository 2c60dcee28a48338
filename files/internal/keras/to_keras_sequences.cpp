#include <hourglass/files/internal/keras/writing.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/gru.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/pool1d.h>

namespace hourglass::files::keras {

namespace {

void conv_1d(nn::Conv1D& layer, Writing& w) {
  const nn::Conv1D::Config c = layer.config();
  Json config{{"filters", c.out},
              {"kernel_size", Json::array({c.options.kernel})},
              {"strides", Json::array({c.options.stride})},
              {"padding", w.padding(c.options.padding)},
              {"data_format", "channels_last"},
              {"dilation_rate", Json::array({c.options.dilation})},
              {"groups", c.options.groups}};
  put_common(w, config, c.options);
  put_weights(w.add("Conv1D", config), layer);
  w.add_rest(c.options.activation);
}

void conv_1d_transpose(nn::Conv1DTranspose& layer, Writing& w) {
  const nn::Conv1DTranspose::Config c = layer.config();
  const auto one = [](std::int64_t n) { return Json::array({n}); };
  if (!w.dialect.has_conv_1d_transpose) w.refuse("there is none of its kind");
  Json config{{"filters", c.out},
              {"kernel_size", one(c.options.kernel)},
              {"strides", one(c.options.stride)},
              {"padding", w.padding(c.options.padding)},
              {"data_format", "channels_last"},
              {"dilation_rate", one(c.options.dilation)}};
  put_common(w, config, c.options);
  config["output_padding"] = c.options.output_padding ? one(*c.options.output_padding) : Json();
  put_weights(w.add("Conv1DTranspose", config), layer);
  w.add_rest(c.options.activation);
}

// What LSTM and GRU have in common.
template <class Options>
Json recurrent(const Options& o, std::int64_t units) {
  return {{"return_sequences", o.return_sequences},
          {"return_state", false},
          {"go_backwards", false},
          {"stateful", false},
          {"unroll", false},
          {"units", units},
          {"activation", "tanh"},
          {"recurrent_activation", "sigmoid"},
          {"use_bias", o.bias},
          {"kernel_initializer", to_json(o.kernel_initializer)},
          {"recurrent_initializer", to_json(o.recurrent_initializer)},
          {"bias_initializer", to_json(o.bias_initializer)},
          {"kernel_regularizer", to_json(o.kernel_regularizer)},
          {"recurrent_regularizer", to_json(o.recurrent_regularizer)},
          {"dropout", 0.0},
          {"recurrent_dropout", 0.0}};
}
void add_recurrent(nn::Recurrent& layer, Writing& w, const char* type, const Json& config) {
  Layer& out = w.add(type, config);
  out.weights = {{"kernel", &layer.kernel}, {"recurrent_kernel", &layer.recurrent_kernel}};
  if (layer.bias) out.weights.push_back({"bias", &*layer.bias});
}

void lstm(nn::LSTM& layer, Writing& w) {
  const nn::LSTM::Config c = layer.config();
  Json config = recurrent(c.options, c.units);
  config["unit_forget_bias"] = c.options.unit_forget_bias;
  add_recurrent(layer, w, "LSTM", config);
}

void gru(nn::GRU& layer, Writing& w) {
  const nn::GRU::Config c = layer.config();
  if (c.options.reset_after && !w.dialect.has_reset_after) w.refuse("there is no reset_after");
  Json config = recurrent(c.options, c.units);
  config["reset_after"] = c.options.reset_after;
  add_recurrent(layer, w, "GRU", config);
}

Json pool(const Writing& w, const nn::Pool1DOptions& o) {
  return {{"pool_size", Json::array({o.window})},
          {"padding", w.padding(o.padding)},
          {"strides", Json::array({o.stride.value_or(o.window)})},
          {"data_format", "channels_last"}};
}
void max_pool_1d(nn::MaxPool1D& layer, Writing& w) { w.add("MaxPooling1D", pool(w, layer.config())); }
void average_pool_1d(nn::AveragePool1D& layer, Writing& w) {
  w.add("AveragePooling1D", pool(w, layer.config()));
}
void upsampling_1d(nn::UpSampling1D& layer, Writing& w) {
  if (!w.dialect.has_upsampling_1d) w.refuse("there is none of its kind");
  w.add("UpSampling1D", {{"size", layer.config().factor}});
}

}  // namespace

void add_sequence_writers(Writers& writers) {
  put<nn::Conv1D>(writers, conv_1d), put<nn::Conv1DTranspose>(writers, conv_1d_transpose);
  put<nn::LSTM>(writers, lstm), put<nn::GRU>(writers, gru);
  put<nn::MaxPool1D>(writers, max_pool_1d), put<nn::AveragePool1D>(writers, average_pool_1d);
  put<nn::UpSampling1D>(writers, upsampling_1d);
}

}  // namespace hourglass::files::keras
