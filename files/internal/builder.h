#pragma once

#include <hourglass/tensor/tensor.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace hourglass::files::hdf5 {

/// The bytes of a file, where HDF5 has left them.
class FileImage {
 public:
  FileImage() = default;
  /// Takes over what malloc gave.
  FileImage(void* block, std::size_t size) : block_(static_cast<std::byte*>(block)), size_(size) {}
  [[nodiscard]] std::span<const std::byte> bytes() const { return {block_.get(), size_}; }
  /// Leaves out what lies beyond; `size` is at most what there is.
  void cut(std::size_t size) { size_ = size; }
  operator std::span<const std::byte>() const { return bytes(); }  // NOLINT(google-explicit-constructor)

 private:
  struct Free {
    void operator()(std::byte* block) const { std::free(block); }  // NOLINT: HDF5 works with malloc
  };
  std::unique_ptr<std::byte, Free> block_;
  std::size_t size_ = 0;
};

/// An HDF5 file being made in memory: little-endian, contiguous, with HDF5's own checksums of all structure,
/// without times, so that equal contents are equal bytes. Paths are those of HDF5, "a/b"; "/" is the root.
/// Groups in a path have to be there. One at a time: the others wait. Throws FileError.
class Builder {
 public:
  Builder();
  ~Builder();
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  void group(const std::string& path);
  void tensor(const std::string& path, const Tensor& x);
  /// Another name for a data set that is there (a hard link).
  void link(const std::string& path, const std::string& existing);
  void attribute(const std::string& path, const char* name, const std::string& text);
  void attribute(const std::string& path, const char* name, std::int64_t value);
  /// Text of any length, kept outside the object (a string of varying length, as h5py writes those).
  void long_attribute(const std::string& path, const char* name, const std::string& text);
  /// Strings of one length, the shorter ones filled up with zeros.
  void list_attribute(const std::string& path, const std::string& name,
                      const std::vector<std::string>& texts);

  /// The bytes of the file, once.
  [[nodiscard]] FileImage finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hourglass::files::hdf5
