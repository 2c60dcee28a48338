#pragma once

#include <hourglass/files/state.h>
#include <hourglass/nn/module.h>
#include <hourglass/tensor/base/internal/strict_json.h>

#include <memory>
#include <span>
#include <string>

/// What a model file says about itself beside its tensors: JSON in a section of its own.
namespace hourglass::files::internal {

using hourglass::internal::Json;

inline constexpr const char* kDescription = "description";  // the section
inline constexpr const char* kJson = "json";                // the one tensor in it: its bytes

/// "encoder.0" of "encoder" and "0"; the other one where one of them is empty.
[[nodiscard]] std::string joined(std::string path, const std::string& name);

/// Types, configs and names of a module and all inside it; ties between its parameters, what is frozen:
///   {"type": "Sequential", "config": {}, "parts": [{"name": "0", "type": "Dense", …}, …], "tied": {…}, …}
/// A type that is not registered is named all the same, without a config.
[[nodiscard]] Json describe(const nn::Module& module);

/// A description as a section of a file, and back. Reading throws FileError, in which the file is `path`.
[[nodiscard]] Section section_of(const Json& description);
[[nodiscard]] Json description_in(const std::string& path, const Section& section);

/// The module that a description stands for, with these values. Throws FileError for types that are not
/// registered, configs that nothing can be made with, and tensors that do not fit. `source` begins the texts.
[[nodiscard]] std::unique_ptr<nn::Module> make(const Json& description, std::span<const NamedTensor> tensors,
                                               const std::string& source);

/// The part of a description, and of the tensors that belong to it, that `name` ("encoder.0") stands for.
/// Modules and tensors outside that it shares come along. Throws FileError, which lists the parts that there
/// are.
struct DescribedPart {
  Json description;
  std::vector<NamedTensor> tensors;
};
[[nodiscard]] DescribedPart part_of(const Json& description, std::span<const NamedTensor> tensors,
                                    const std::string& name, const std::string& source);

/// What inspect() gives. Throws Json's exceptions where `about` is not as save_model writes it.
[[nodiscard]] std::string text_of(const std::string& path, std::span<const Section> sections,
                                  const Json& about);

}  // namespace hourglass::files::internal
