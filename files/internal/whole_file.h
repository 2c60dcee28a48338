#pragma once

#include <hourglass/files/internal/description.h>
#include <hourglass/files/model.h>
#include <hourglass/optim/optimizer.h>

#include <string>
#include <vector>

namespace hourglass::files::internal {

/// A module's values by name: the tensors themselves, not copies.
[[nodiscard]] std::vector<NamedTensor> shared_state_of(const nn::Module& module);

[[nodiscard]] std::string weights_sha256(std::span<const NamedTensor> tensors);

/// A file in the making: sections, and what is said of them. model.h and checkpoints write with it.
class WholeFile {
 public:
  WholeFile();
  /// A section with a module's values, described; the tensors are shared, not copied.
  void add_model(const std::string& section, const nn::Module& model);
  void add_optimizer(const std::string& section, const optim::Optimizer& optimizer);
  void add(Section section) { sections_.push_back(std::move(section)); }
  /// When it is written. Checkpoints do not say it: equal runs leave equal files.
  void say_date();
  /// Throws DataError for a document that is not JSON.
  void say(const ModelNotes& notes);
  /// Throws FileError.
  void write(const std::string& path) const;

 private:
  Json about_;
  std::vector<Section> sections_;
};

}  // namespace hourglass::files::internal
