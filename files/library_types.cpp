#include <hourglass/files/internal/library_types.h>
#include <hourglass/files/registry.h>
#include <hourglass/nn/graph.h>
#include <hourglass/nn/layers/activation.h>
#include <hourglass/nn/layers/bidirectional.h>
#include <hourglass/nn/layers/conv.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/dropout.h>
#include <hourglass/nn/layers/embedding.h>
#include <hourglass/nn/layers/gru.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/masked.h>
#include <hourglass/nn/layers/merge.h>
#include <hourglass/nn/layers/noise.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/layers/pool.h>
#include <hourglass/nn/layers/pool1d.h>
#include <hourglass/nn/layers/reparameterize.h>
#include <hourglass/nn/layers/reshape.h>
#include <hourglass/nn/layers/tied_dense.h>
#include <hourglass/nn/layers/time_distributed.h>
#include <hourglass/nn/layers/vector_quantizer.h>
#include <hourglass/nn/sequential.h>

#include <array>

namespace hourglass::files::internal {

namespace {

template <class... M>
void add(const std::array<const char*, sizeof...(M)>& names) {
  std::size_t i = 0;
  (register_type<M>(names[i++]), ...);
}

nn::Sequential make_sequential(const NoConfig& /*config*/, const Children& children) {
  nn::Sequential out;
  for (const Children::Child& child : children.list()) {
    const bool has_index = child.name == std::to_string(out.size());
    Children::Child unnamed = child;
    if (has_index) unnamed.name.clear();
    out.add(children.part(unnamed));
  }
  return out;
}

nn::Graph make_graph(const nn::GraphConfig& config, const Children& children) {
  std::vector<nn::Part> layers;
  for (const Children::Child& child : children.list()) layers.push_back(children.part(child));
  return {config, layers};
}

nn::Bidirectional make_bidirectional(const nn::BidirectionalOptions& options, const Children& children) {
  return {children.part(children.find("forward_layer")), children.part(children.find("backward_layer")),
          options};
}

nn::TimeDistributed make_time_distributed(const NoConfig& /*config*/, const Children& children) {
  return nn::TimeDistributed(children.part(children.find("layer")));
}

}  // namespace

void add_library_types() {
  add<nn::Dense, nn::TiedDense, nn::Conv2D, nn::Conv1D, nn::ConvTranspose2D, nn::Conv1DTranspose,
      nn::DepthwiseConv2D>(
      {"Dense", "TiedDense", "Conv2D", "Conv1D", "ConvTranspose2D", "Conv1DTranspose", "DepthwiseConv2D"});
  add<nn::Embedding, nn::LSTM, nn::GRU, nn::BatchNormalization, nn::LayerNormalization>(
      {"Embedding", "LSTM", "GRU", "BatchNormalization", "LayerNormalization"});
  add<nn::MaxPool1D, nn::AveragePool1D, nn::UpSampling1D>({"MaxPool1D", "AveragePool1D", "UpSampling1D"});
  add<nn::MaxPool2D, nn::AveragePool2D, nn::GlobalAveragePool2D, nn::UpSampling2D, nn::ZeroPadding2D,
      nn::Cropping2D>(
      {"MaxPool2D", "AveragePool2D", "GlobalAveragePool2D", "UpSampling2D", "ZeroPadding2D", "Cropping2D"});
  add<nn::Flatten, nn::Reshape, nn::RepeatVector>({"Flatten", "Reshape", "RepeatVector"});
  add<nn::Dropout, nn::SpatialDropout2D, nn::GaussianNoise, nn::Reparameterize>(
      {"Dropout", "SpatialDropout2D", "GaussianNoise", "Reparameterize"});
  add<nn::ReLU, nn::Sigmoid, nn::Tanh, nn::SELU, nn::GELU, nn::SiLU, nn::Softplus>(
      {"ReLU", "Sigmoid", "Tanh", "SELU", "GELU", "SiLU", "Softplus"});
  add<nn::LeakyReLU, nn::ELU, nn::Softmax, nn::Lambda>({"LeakyReLU", "ELU", "Softmax", "Lambda"});
  add<nn::MaskedDense, nn::MaskedConv2D>({"MaskedDense", "MaskedConv2D"});
  add<nn::Add, nn::Subtract, nn::Multiply, nn::Average, nn::Maximum, nn::Minimum>(
      {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"});
  add<nn::Concatenate, nn::Dot, nn::LambdaMerge>({"Concatenate", "Dot", "LambdaMerge"});
  add<nn::VectorQuantizer>({"VectorQuantizer"});
  register_type<nn::Sequential>("Sequential", make_sequential);
  register_type<nn::Graph>("Graph", make_graph);
  register_type<nn::Bidirectional>("Bidirectional", make_bidirectional);
  register_type<nn::TimeDistributed>("TimeDistributed", make_time_distributed);
}

}  // namespace hourglass::files::internal
