#include "targets.h"

#include <hourglass/files/internal/keras/config.h>
#include <hourglass/files/internal/keras/describe.h>
#include <hourglass/files/internal/keras/keras_file.h>
#include <hourglass/files/internal/keras/weights.h>
#include <hourglass/files/state.h>
#include <hourglass/tensor/base/error.h>

#include <cstdio>
#include <cstdlib>

namespace hourglass::fuzz {

namespace {

namespace keras = files::keras;

// A model that was loaded, saved and loaded again.
void expect_same_again(nn::Layer& model) {
  keras::Network network;
  try {
    network = keras::describe(model, std::nullopt);
  } catch (const DataError&) {  // the file said the input's shape, which the layers do not
    return;
  }
  const auto image = keras::weights_image(network, keras::config_2(network).dump());
  const std::span<const std::byte> bytes = image.bytes();
  keras::KerasFile again("again.h5", {bytes.begin(), bytes.end()});
  if (files::weights_sha256(*again.load()) != files::weights_sha256(model)) {
    std::fputs("a model that was loaded is another one when saved\n", stderr);
    std::abort();
  }
}

void read(const char* name, std::span<const std::byte> bytes) {
  std::unique_ptr<nn::Layer> model;
  try {
    model = keras::KerasFile(name, {bytes.begin(), bytes.end()}).load();
  } catch (const FileError&) {
    return;
  }
  expect_same_again(*model);
}

}  // namespace

void read_keras(std::span<const std::byte> bytes) { read("fuzz.h5", bytes); }

void read_archive(std::span<const std::byte> bytes) { read("fuzz.keras", bytes); }

void read_config(std::span<const std::byte> bytes) {
  try {
    (void)keras::parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "fuzz");
  } catch (const FileError&) {  // it describes no model
  }
}

}  // namespace hourglass::fuzz
