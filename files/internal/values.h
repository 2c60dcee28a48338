#pragma once

#include <hourglass/files/internal/object.h>
#include <hourglass/tensor/dtype.h>

#include <optional>
#include <string>
#include <vector>

namespace hourglass::files::hdf5 {

/// The extents of a data set or an attribute, () for a scalar. Throws if it has no value at all.
[[nodiscard]] std::vector<std::uint64_t> read_extents(const Image& image, Bytes space);

/// The element type, if it is one that tensors have: little-endian IEEE or integers.
[[nodiscard]] std::optional<DType> read_dtype(const Image& image, Bytes type);

/// Reads attributes. Strings that vary in length stand in collections, each of which is taken when first met.
class AttributeReader {
 public:
  explicit AttributeReader(Image& image) : image_(image) {}

  /// The text of an attribute that is one string, of fixed or of varying length.
  [[nodiscard]] std::string text(const Attribute& attribute);
  /// The texts of an attribute that is a list of strings of either kind. An empty list may be of any type, as
  /// h5py writes those.
  [[nodiscard]] std::vector<std::string> texts(const Attribute& attribute);
  /// The value of an attribute that is one little-endian integer.
  [[nodiscard]] std::int64_t integer(const Attribute& attribute);

 private:
  void expect_one(const Attribute& attribute) const;
  [[nodiscard]] std::vector<std::string> strings(const Attribute& attribute, std::uint64_t count);
  [[nodiscard]] std::string_view varying(Bytes reference);
  struct Numbered {
    std::uint64_t number;
    Bytes bytes;
  };
  [[nodiscard]] std::vector<Numbered> read_collection(std::uint64_t address);

  Image& image_;
  std::map<std::uint64_t, std::vector<Numbered>> collections_;  // by address; by number inside
};

/// The bytes of the data set `name`, which are contiguous, as many as its extents say.
[[nodiscard]] Bytes read_data(Image& image, Bytes layout, std::uint64_t size, const std::string& name);

}  // namespace hourglass::files::hdf5
