#include <hourglass/files/internal/data_set.h>
#include <hourglass/files/internal/format.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <cstring>

namespace hourglass::files::hdf5 {

namespace {

// In bytes; also the extents of an empty tensor have to be ones that can be multiplied.
std::uint64_t size_of(const Image& image, const std::vector<std::uint64_t>& extents, DType dtype,
                      const std::string& name) {
  std::uint64_t size = static_cast<std::uint64_t>(item_size(dtype));
  bool empty = false, too_large = extents.size() > kMaxRank;
  for (const std::uint64_t extent : extents) {
    empty = empty || extent == 0;
    too_large = too_large || __builtin_mul_overflow(size, std::max<std::uint64_t>(extent, 1), &size);
  }
  if (too_large || size > kMostBytes || (!empty && size > image.size()))
    image.damaged("\"" + name + "\" has too many axes, or is larger than what the file holds of it");
  return empty ? 0 : size;
}

}  // namespace

Tensor DataSet::tensor() const {
  Tensor out{shape, dtype};
  visit(dtype, [&]<class T>() {
    if (!bytes.empty()) std::memcpy(out.mutable_data<T>(), bytes.data(), bytes.size());
  });
  return out;
}

DataSet read_data_set(Image& image, const Object& set, const std::string& name) {
  if (set.is_compressed || set.is_external)
    throw FileError("load: {}: \"{}\" is compressed or lies in another file; write data sets contiguous",
                    image.path(), name);
  const std::optional<DType> dtype = read_dtype(image, set.type);
  if (!dtype) {
    throw FileError(
        "load: {}: \"{}\" has a type other than float32, float64, int64 and uint8 (little-endian); convert "
        "it before it is written",
        image.path(), name);
  }
  const std::vector<std::uint64_t> extents = read_extents(image, set.space);
  const std::uint64_t size = size_of(image, extents, *dtype, name);
  const Bytes bytes = read_data(image, set.layout, size, name);
  return {*dtype, Shape(std::vector<std::int64_t>(extents.begin(), extents.end())), bytes};
}

}  // namespace hourglass::files::hdf5
