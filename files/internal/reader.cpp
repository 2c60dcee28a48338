#include <hourglass/files/internal/checks.h>
#include <hourglass/files/internal/format.h>
#include <hourglass/files/internal/reader.h>
#include <hourglass/files/internal/values.h>
#include <hourglass/files/sha256.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <cstring>

namespace hourglass::files::hdf5 {

namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";

constexpr std::uint64_t kBeginning = 96;  // holds the first block of all versions

struct Superblock {
  std::uint64_t root = 0;  // address of the root group
  std::uint64_t size = 0;  // its own
  bool has_checksum = false;
};

// The first block of a file of `size` bytes. Versions 0 and 1, then 2 and 3.
Superblock read_superblock(const Image& image, std::uint64_t size) {
  const Bytes first = image.peek(0, std::min(image.size(), kBeginning));
  Cursor at(image, first);
  if (size == 0)
    throw FileError("load: {} is empty; take an earlier copy, or save the model again", image.path());
  if (first.size() < kSignature.size() || at.text(kSignature.size()) != kSignature)
    throw FileError("load: {} is damaged, cut short or not an HDF5 file; is this the file that save() wrote?",
                    image.path());
  const std::uint64_t version = at.number(1);
  if (version > 3) image.damaged("its format is newer than what is supported");
  const bool old = version < 2;
  if (old) at.skip(4);
  at.expect(8, 1, "the size of its addresses");
  at.expect(8, 1, "the size of its lengths");
  at.skip(old ? 1 + 4 + 4 : 1);
  if (version == 1) at.skip(4);
  at.expect(0, 8, "its beginning");
  at.expect(kNowhere, 8, "its list of free space or its extension");
  const std::uint64_t end = at.address();
  if (end != size) {
    throw FileError(
        "load: {} is damaged, cut short or has something appended: it has {} bytes, its header says {}; copy "
        "it again from where it is whole",
        image.path(), size, end);
  }
  if (old) at.expect(kNowhere, 8, "its driver");
  if (old) at.skip(8);
  const std::uint64_t root = at.address();
  constexpr std::uint64_t kEntryRest = 24, kSum = 4;
  at.skip(old ? kEntryRest : kSum);
  return {root, first.size() - at.left(), !old};
}

class Reader {
 public:
  Reader(std::string path, Bytes bytes) : image_(std::move(path), bytes), attributes_(image_) {}

  std::vector<Section> read() {
    const Superblock first = read_superblock(image_, image_.size());
    (void)(first.has_checksum ? image_.take_checked(0, first.size) : image_.take(0, first.size));
    Object root = read_object(image_, first.root);
    check_root(root);
    const std::deque<Link> links = links_of(image_, root);
    if (links.size() > kMostSections) image_.damaged("it has too many groups");
    std::vector<Section> out;
    for (const Link& link : links) {
      out.push_back({std::string(link.name), {}});
      Object section = read_object(image_, link.address);
      if (!section.is_group()) image_.damaged("\"" + out.back().name + "\" is not a group");
      read_group(section, "", out.back().tensors, 1);
    }
    return out;
  }

 private:
  void check_root(const Object& root) {
    if (!root.is_group()) image_.damaged("its root is not a group");
    const Attribute* const format = root.attribute("format");
    const Attribute* const version = root.attribute("version");
    if (!format || !version) image_.damaged("it has no attributes format and version");
    const std::string name = attributes_.text(*format);
    if (name != kFormat) image_.damaged("its format is \"" + name + "\"");
    const std::int64_t number = attributes_.integer(*version);
    if (number != kVersion) {
      throw FileError(
          "load: {} has format version {}, this library reads version {}; use the version of the library "
          "that wrote it",
          image_.path(), number, kVersion);
    }
  }

  void read_group(Object& group, const std::string& prefix, std::vector<NamedTensor>& out,
                  std::size_t depth) {
    if (depth > kDeepest) image_.damaged("groups are nested too deeply");
    const std::deque<Link> links = links_of(image_, group);
    if (links.empty() && depth > 1) image_.damaged("the group \"" + prefix + "\" is empty");
    if (links.size() > out.size()) out.reserve(out.size() + links.size());
    for (const Link& link : links) {
      std::string name = prefix;
      if (!name.empty()) name += '.';
      name += link.name;
      if (name.size() > kLongestName)
        image_.damaged("a name has more than " + std::to_string(kLongestName) + " bytes");
      Object object = read_object(image_, link.address);
      if (object.is_group()) {
        read_group(object, name, out, depth + 1);
      } else if (object.is_data_set()) {
        out.push_back({name, read_tensor(object, name)});
      } else {
        image_.damaged("\"" + name + "\" is neither a group nor a data set");
      }
    }
  }

  Tensor read_tensor(const Object& set, const std::string& name) {
    if (set.is_compressed || set.is_external)
      throw FileError("load: {}: \"{}\" is compressed or lies in another file; write data sets contiguous",
                      image_.path(), name);
    const std::optional<DType> dtype = read_dtype(image_, set.type);
    if (!dtype) {
      throw FileError(
          "load: {}: \"{}\" has a type other than float32, float64, int64 and uint8 (little-endian); convert "
          "it before it is written",
          image_.path(), name);
    }
    const std::vector<std::uint64_t> extents = read_extents(image_, set.space);
    const std::uint64_t size = size_of(extents, *dtype, name);
    const Bytes bytes = read_data(image_, set.layout, size, name);
    check_sum(set, bytes, name);
    Tensor out{Shape(std::vector<std::int64_t>(extents.begin(), extents.end())), *dtype};
    visit(*dtype, [&]<class T>() {
      if (size > 0) std::memcpy(out.mutable_data<T>(), bytes.data(), size);
    });
    return out;
  }

  // In bytes; also the extents of an empty tensor have to be ones that can be multiplied.
  [[nodiscard]] std::uint64_t size_of(const std::vector<std::uint64_t>& extents, DType dtype,
                                      const std::string& name) const {
    std::uint64_t size = static_cast<std::uint64_t>(item_size(dtype));
    bool empty = false, too_large = extents.size() > kMaxRank;
    for (const std::uint64_t extent : extents) {
      empty = empty || extent == 0;
      too_large = too_large || __builtin_mul_overflow(size, std::max<std::uint64_t>(extent, 1), &size);
    }
    if (too_large || size > kMostBytes || (!empty && size > image_.size()))
      image_.damaged("\"" + name + "\" has too many axes, or is larger than what the file holds of it");
    return empty ? 0 : size;
  }

  void check_sum(const Object& set, Bytes bytes, const std::string& name) {
    const Attribute* const stored = set.attribute(kChecksum);
    if (!stored) image_.damaged("\"" + name + "\" has no checksum");
    Sha256 hash;
    hash.add(bytes);
    if (!is_digest(stored->data, attributes_.text(*stored), hash.hex()))
      image_.damaged("\"" + name + "\" does not have the checksum that was saved with it");
  }

  Image image_;
  AttributeReader attributes_;
};

}  // namespace

void check_beginning(const std::string& path, std::span<const std::byte> first, std::uint64_t size) {
  (void)read_superblock(Image(path, first), size);
}

std::vector<Section> read_sections(const std::string& path, std::span<const std::byte> bytes) {
  return Reader(path, bytes).read();
}

}  // namespace hourglass::files::hdf5
