#include <hourglass/files/internal/keras/keras_file.h>
#include <hourglass/files/internal/keras/weights.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::files::keras {

KerasFile::KerasFile(std::string path, std::vector<std::byte> bytes)
    : path_(std::move(path)), bytes_(std::move(bytes)) {
  if (path_.ends_with(".keras")) archive_.emplace(path_, bytes_);
  tree_.emplace(archive_ ? path_ + "/" + kWeightsEntry : path_,
                archive_ ? archive_->read(kWeightsEntry, inflated_) : std::span<const std::byte>(bytes_));
}

Parsed KerasFile::parse() {
  const std::string source = "load_keras: " + path_;
  if (archive_) {
    std::vector<std::byte> inflated;
    const std::span<const std::byte> json = archive_->read(kConfigEntry, inflated);
    return keras::parse({reinterpret_cast<const char*>(json.data()), json.size()}, source);
  }
  const std::optional<std::string> json = tree_->text("", "model_config");
  if (!json) {
    throw FileError(
        "{} holds weights alone, no model_config; make the model and give it the weights with "
        "load_keras_weights",
        source);
  }
  return keras::parse(*json, source);
}

std::unique_ptr<nn::Layer> KerasFile::load() {
  Parsed parsed = parse();
  load_weights(*tree_, parsed.network);
  return std::move(parsed.model);
}

void KerasFile::load_into(const Network& network) { load_weights(*tree_, network); }

}  // namespace hourglass::files::keras
