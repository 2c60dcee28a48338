#pragma once

#include <hourglass/nn/module.h>

#include <span>

/// Model files: HDF5 with groups that mirror the module tree (/model/encoder/0/kernel), written so that a
/// crash at any instant leaves the old file or the new one, and read so that a failure changes nothing.
namespace hourglass::files {

/// One top-level group of a file: "model", "optimizer". Dots in the tensors' names become groups.
struct Section {
  std::string name;
  std::vector<NamedTensor> tensors;
};

/// Writes the sections, with write_atomically: whatever fails, the file that was at `path` stays as it was.
/// Throws FileError, also for names that could not be read again: empty parts, slashes or zeros, used twice,
/// standing for a tensor and for what has tensors inside, longer than 512 bytes.
void write_state(const std::string& path, std::span<const Section> sections);
/// All sections of a file, sorted by name: of one that write_state wrote, or another program (h5py) in the
/// same layout, with contiguous little-endian data sets that each have an attribute `sha256`, and root
/// attributes `format` and `version`. Throws FileError if it is missing, not a regular file, damaged, of
/// another format or version, or holds what such a file does not hold (links but hard ones, an object linked
/// twice, compressed data, empty groups in groups).
///
/// Files from strangers are safe to read: they are read by a strict reader of the library's own, in
/// files/internal/, never by the HDF5 library. Memory stays below 64 MB or four times the file, time below
/// a second for each megabyte.
[[nodiscard]] std::vector<Section> read_state(const std::string& path);

/// A copy of the model's parameters and other state, by name; a tied one once, by its first name. Later
/// training does not change it. Throws DataError for names that could not be loaded back (nn::check_names).
[[nodiscard]] std::vector<NamedTensor> state_of(const nn::Module& module);
/// Gives the model the values. Strict: throws FileError that lists all names that are missing, unexpected, or
/// of another shape or type, and changes nothing then. `source` stands at the beginning of the text.
void set_state(nn::Module& module, std::span<const NamedTensor> tensors, const std::string& source);

/// Saves the model and further sections beside it. save_model (files/model.h) keeps more; equal models and
/// sections give equal files here.
void save(const std::string& path, const nn::Module& module, std::span<const Section> others = {});
/// Loads a model of the same form; other sections of the file are left aside.
void load(const std::string& path, nn::Module& module);

/// SHA-256 over names, types, shapes and bytes of all that save() would write: equal for equal models.
[[nodiscard]] std::string weights_sha256(const nn::Module& module);
/// SHA-256 over shape, type and bytes of one tensor.
[[nodiscard]] std::string sha256(const Tensor& x);

}  // namespace hourglass::files
