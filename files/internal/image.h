#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

/// A reader of HDF5 files of its own, for those parts of the format that model files are made of. Nothing of
/// a foreign file reaches the HDF5 library, which is only used to write. Source: The HDF Group, "HDF5 File
/// Format Specification Version 3.0".
namespace hourglass::files::hdf5 {

using Bytes = std::span<const std::byte>;

/// HDF5's address of something that is nowhere.
inline constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

/// The 32-bit checksum of all HDF5 metadata: hashlittle of Jenkins's lookup3, with initial value 0.
[[nodiscard]] std::uint32_t lookup3(Bytes bytes);

/// The bytes of a file. Each byte belongs to one thing only: what was taken cannot be taken again. So there
/// are no cycles and no overlaps, and all work is bounded by the size of the file.
class Image {
 public:
  Image(std::string path, Bytes bytes) : path_(std::move(path)), bytes_(bytes) {}

  /// Throws FileError with the path.
  [[noreturn]] void damaged(std::string_view what) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }

  /// Bytes of the file. Throws if it has fewer.
  [[nodiscard]] Bytes peek(std::uint64_t address, std::uint64_t size) const;
  /// The same, taken.
  [[nodiscard]] Bytes take(std::uint64_t address, std::uint64_t size);
  /// The same, less the four bytes at the end, which are the checksum of those before.
  [[nodiscard]] Bytes take_checked(std::uint64_t address, std::uint64_t size);

 private:
  std::string path_;
  Bytes bytes_;
  std::map<std::uint64_t, std::uint64_t> taken_;  // from, to
};

/// Reads one thing after another, and never beyond the end.
class Cursor {
 public:
  Cursor(const Image& image, Bytes bytes) : image_(&image), left_(bytes) {}

  [[nodiscard]] std::size_t left() const { return left_.size(); }
  Bytes piece(std::uint64_t size);
  void skip(std::uint64_t size) { (void)piece(size); }
  /// An unsigned little-endian number of up to 8 bytes.
  std::uint64_t number(std::size_t size);
  std::uint64_t address() { return number(8); }
  std::string_view text(std::uint64_t size);
  /// Throws unless this stands here.
  void expect(std::string_view signature);
  void expect(std::uint64_t value, std::size_t size, std::string_view what);

 private:
  const Image* image_;
  Bytes left_;
};

}  // namespace hourglass::files::hdf5
