#include <hourglass/files/internal/bytes.h>
#include <hourglass/files/internal/keras/config.h>
#include <hourglass/files/internal/keras/describe.h>
#include <hourglass/files/internal/keras/keras_file.h>
#include <hourglass/files/internal/keras/weights.h>
#include <hourglass/files/keras.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/internal/zip.h>

#include <array>
#include <ctime>

namespace hourglass::files {

namespace {

bool ends_in(const std::string& path, std::string_view ending) { return path.ends_with(ending); }

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

std::vector<std::byte> keras_archive(const keras::Network& network) {
  const std::string config = keras::config_3(network).dump();
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%d@%H:%M:%S", &parts);
  const std::string metadata =
      keras::Json{{"keras_version", keras::kKerasVersion}, {"date_saved", date.data()}}.dump();
  const hdf5::FileImage weights = keras::weights_image(network, {});
  return zip::archive_of({{keras::kMetadataEntry, bytes_of(metadata)},
                          {keras::kConfigEntry, bytes_of(config)},
                          {keras::kWeightsEntry, weights}});
}

}  // namespace

void save_keras(const std::string& path, nn::Module& model,
                const std::optional<std::vector<std::int64_t>>& example) {
  const bool is_archive = ends_in(path, ".keras");
  if (!is_archive && !ends_in(path, ".h5"))
    throw FileError("save_keras: {} is of no format of Keras; end it in .keras, .weights.h5 or .h5", path);
  const keras::Network network = keras::describe(model, example);
  if (is_archive) {
    write_atomically("save", path, std::span<const std::byte>(keras_archive(network)));
  } else {
    write_atomically("save", path, keras::weights_image(network, keras::config_2(network).dump()).bytes());
  }
}

std::unique_ptr<nn::Module> load_keras(const std::string& path) {
  return keras::KerasFile(path, internal::read_whole_file(path)).load();
}

void load_keras_weights(const std::string& path, nn::Module& model) {
  keras::KerasFile(path, internal::read_whole_file(path)).load_into(keras::describe_weights(model));
}

}  // namespace hourglass::files
