#pragma once

#include <hourglass/files/internal/keras/parse.h>
#include <hourglass/files/internal/tree.h>
#include <hourglass/tensor/base/internal/zip.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hourglass::files::keras {

// The entries of a .keras archive.
inline constexpr const char* kConfigEntry = "config.json";
inline constexpr const char* kMetadataEntry = "metadata.json";
inline constexpr const char* kWeightsEntry = "model.weights.h5";

/// The bytes of a .keras or .h5 file: its weights and, if it has one, its model.
class KerasFile {
 public:
  /// Which of the two it is, the end of `path` says, which is what errors call it. Throws FileError.
  KerasFile(std::string path, std::vector<std::byte> bytes);

  /// The model with its weights. Throws FileError.
  [[nodiscard]] std::unique_ptr<nn::Layer> load();
  /// Gives a model that was made otherwise the weights. Throws FileError.
  void load_into(const Network& network);

 private:
  [[nodiscard]] Parsed parse();
  std::string path_;
  std::vector<std::byte> bytes_, inflated_;
  std::optional<zip::Archive> archive_;
  std::optional<hdf5::Tree> tree_;
};

}  // namespace hourglass::files::keras
