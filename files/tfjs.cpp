#include <hourglass/files/internal/keras/config.h>
#include <hourglass/files/internal/keras/describe.h>
#include <hourglass/files/internal/keras/weights.h>
#include <hourglass/files/tfjs.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>

#include <filesystem>
#include <system_error>

namespace hourglass::files {

namespace {

constexpr const char* kWeightsFile = "weights.bin";

constexpr keras::Dialect kDialect{.name = "TensorFlow.js",
                                  .has_keepdims = false,
                                  .has_dilated_transpose = false,
                                  .has_output_padding = false,
                                  .has_spatial_dropout = false,
                                  .has_bilinear_half_pixels = false,
                                  .has_subtract = false,
                                  .has_exponential = false,
                                  .has_conv_1d_transpose = false,
                                  .has_upsampling_1d = false,
                                  .has_reset_after = false};

struct Weights {
  keras::Json list = keras::Json::array();
  std::string bytes;
};

void add(const keras::Network& network, Weights& out) {
  for (const keras::Layer& layer : network.layers) {
    if (layer.inside) add(*layer.inside, out);
    for (const keras::Weight& w : layer.weights) {
      const Tensor value = w.value().contiguous();
      if (value.dtype() != float32)
        throw DataError(
            "save_tfjs: \"{}\" is {}, but TensorFlow.js has float32; make the model with that .dtype",
            layer.name, name(value.dtype()));
      const std::vector<std::int64_t> shape(value.shape().begin(), value.shape().end());
      out.list.push_back({{"name", layer.name + "/" + w.name}, {"shape", shape}, {"dtype", "float32"}});
      out.bytes.append(reinterpret_cast<const char*>(value.data<float>()),
                       static_cast<std::size_t>(value.size()) * sizeof(float));
    }
  }
}

}  // namespace

void save_tfjs(const std::string& folder, nn::Module& model,
               const std::optional<std::vector<std::int64_t>>& example) {
  const keras::Network network = keras::describe(model, example, kDialect);
  Weights weights;
  add(network, weights);
  const keras::Json json{
      {"format", "layers-model"},
      {"generatedBy", "Hourglass"},
      {"convertedBy", nullptr},
      {"modelTopology",
       {{"keras_version", keras::kKerasVersion},
        {"backend", "tensorflow"},
        {"model_config", keras::config_2(network)}}},
      {"weightsManifest",
       keras::Json::array({{{"paths", keras::Json::array({kWeightsFile})}, {"weights", weights.list}}})}};
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    throw FileError("save_tfjs: cannot make the folder {}: {}; choose another place", folder,
                    error.message());
  write_atomically("save_tfjs", folder + "/" + kWeightsFile, std::string_view(weights.bytes));
  write_atomically("save_tfjs", folder + "/model.json", json.dump());
}

}  // namespace hourglass::files
