#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

/// What the fuzzers of file readers call. Each gives bytes to a reader of the library and accepts a value or
/// a FileError (of CSV a DataError); anything else ends the program.
namespace hourglass::fuzz {

using Bytes = std::vector<std::byte>;

/// A model file; one that loads is saved again and has to load the same.
void read_model(std::span<const std::byte> bytes);
/// What a model file says of itself, JSON, with values that all fit: whatever is made of it can be saved.
void read_description(std::span<const std::byte> bytes);
/// An IDX file, plain or gzipped.
void read_idx(std::span<const std::byte> bytes);
void read_png(std::span<const std::byte> bytes);
/// A CSV file, whose table or error must not depend on where it is cut; one that is read is written and has
/// to be read the same.
void read_csv(std::span<const std::byte> bytes);
/// A safetensors file, also with a header's length that fits; one that is read is written and has to be read
/// the same.
void read_safetensors(std::span<const std::byte> bytes);
/// What a file says of a data::Preprocessor, JSON; one that is made prepares a table, or says why not, and
/// says the same of itself.
void read_preprocessor(std::span<const std::byte> bytes);

/// A model for Keras in HDF5; one that loads is saved again and has to load the same.
void read_keras(std::span<const std::byte> bytes);
/// The same in a zip archive, .keras.
void read_archive(std::span<const std::byte> bytes);
/// The configuration in either, JSON: a model is made, without weights.
void read_config(std::span<const std::byte> bytes);

struct Reader {
  const char* name;  // seeds are NAME_*, the dictionary is NAME.dict
  void (*read)(std::span<const std::byte> bytes);
};
inline constexpr auto kReaders = std::to_array<Reader>({
    {"model", read_model},
    {"description", read_description},
    {"idx", read_idx},
    {"png", read_png},
    {"csv", read_csv},
    {"safetensors", read_safetensors},
    {"preprocessor", read_preprocessor},
    {"keras", read_keras},
    {"archive", read_archive},
    {"config", read_config},
});

/// The same model file with right checksums, of its structure and of its data, as far as it can be followed.
[[nodiscard]] Bytes repaired(std::span<const std::byte> bytes);

}  // namespace hourglass::fuzz
