// The code of docs/formats.md, and what it says of it.

#include <hourglass/autoencoders/basic.h>
#include <hourglass/autograd.h>
#include <hourglass/files/keras.h>
#include <hourglass/files/model.h>
#include <hourglass/files/safetensors.h>
#include <hourglass/files/tfjs.h>
#include <hourglass/files/torch.h>
#include <hourglass/onnx.h>
#include <hourglass/tensor.h>

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>

namespace hourglass {
namespace {

namespace fs = std::filesystem;

class Formats : public ::testing::Test {
 protected:
  Formats() { fs::create_directories(folder); }
  ~Formats() override { fs::remove_all(folder); }
  [[nodiscard]] bool is_there(const std::string& name) const {
    return fs::file_size(folder + "/" + name) > 0;
  }

  std::string folder = ::testing::TempDir() + "formats." + std::to_string(::getpid());
  autoencoders::BasicAutoencoder model{{.features = 784, .latent = 4}};
};

TEST_F(Formats, AFileThatStandsForItself) {
  files::save_model(folder + "/model.h5", model);
  const std::unique_ptr<nn::Module> again = files::load_model(folder + "/model.h5");
  const std::unique_ptr<nn::Module> encoder = files::load_part(folder + "/model.h5", "encoder");
  EXPECT_EQ(files::weights_sha256(*again), files::weights_sha256(model));
  EXPECT_EQ(files::weights_sha256(*encoder), files::weights_sha256(model.encoder));
}

TEST_F(Formats, Onnx) {
  onnx::save(folder + "/model.onnx", model, {784});             // x -> y
  onnx::save_autoencoder(folder + "/both.onnx", model, {784});  // x -> code, reconstruction
  onnx::save_autoencoder(folder + "/code.onnx", model, {784}, onnx::Half::encoder);
  onnx::save(folder + "/score.onnx", model, {{"x", {784}}}, [&](const std::vector<Variable>& in) {
    const Variable y = model(in[0]);
    return std::vector<onnx::NetworkOutput>{{"reconstruction", y}, {"score", mean(square(y - in[0]), 1)}};
  });
  EXPECT_TRUE(is_there("model.onnx") && is_there("both.onnx") && is_there("code.onnx") &&
              is_there("score.onnx"));
}

TEST_F(Formats, PyTorch) {
  const std::string before = files::weights_sha256(model);
  files::save_torch(folder + "/exported", model);
  files::load_safetensors(folder + "/exported/model.safetensors", model);  // and back, from PyTorch too
  EXPECT_TRUE(is_there("exported/model.py"));
  EXPECT_EQ(files::weights_sha256(model), before);
}

TEST_F(Formats, KerasAndTensorFlowJs) {
  files::save_keras(folder + "/model.keras", model);  // or .weights.h5, .h5
  files::save_tfjs(folder + "/web", model);
  const std::unique_ptr<nn::Module> again = files::load_keras(folder + "/model.keras");
  EXPECT_EQ(nn::parameter_count(*again), nn::parameter_count(model));
  EXPECT_TRUE(is_there("web/model.json"));
}

}  // namespace
}  // namespace hourglass
