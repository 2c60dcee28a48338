#include <hourglass/files/internal/checks.h>
#include <hourglass/files/internal/data_set.h>
#include <hourglass/files/internal/format.h>
#include <hourglass/files/internal/reader.h>
#include <hourglass/files/internal/superblock.h>
#include <hourglass/files/sha256.h>
#include <hourglass/tensor/base/error.h>

namespace hourglass::files::hdf5 {

namespace {

class Reader {
 public:
  Reader(std::string path, Bytes bytes) : image_(std::move(path), bytes), attributes_(image_) {}

  std::vector<Section> read() {
    Object root = read_object(image_, read_root_address(image_));
    check_root(root);
    const std::deque<Link> links = links_of(image_, root);
    if (links.size() > kMostSections) image_.damaged("it has too many groups");
    std::vector<Section> out;
    for (const Link& link : links) {
      check_name(link);
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
    if (number < kEarliestVersion || number > kVersion) {
      throw FileError(
          "load: {} has format version {}, this library reads versions {} to {}; use the version of the "
          "library that wrote it",
          image_.path(), number, kEarliestVersion, kVersion);
    }
  }

  void check_name(const Link& link) const {  // a dot is what stands between groups in the tensors' names
    if (link.name.find('.') != std::string_view::npos)
      image_.damaged(std::string("the name \"").append(link.name) + "\" has a dot in it");
  }

  void read_group(Object& group, const std::string& prefix, std::vector<NamedTensor>& out,
                  std::size_t depth) {
    if (depth > kDeepest) image_.damaged("groups are nested too deeply");
    const std::deque<Link> links = links_of(image_, group);
    if (links.empty() && depth > 1) image_.damaged("the group \"" + prefix + "\" is empty");
    if (links.size() > out.size()) out.reserve(out.size() + links.size());
    for (const Link& link : links) {
      check_name(link);
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

  Tensor read_tensor(const Object& object, const std::string& name) {
    const DataSet set = read_data_set(image_, object, name);
    check_sum(object, set.bytes, name);
    return set.tensor();
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

std::vector<Section> read_sections(const std::string& path, std::span<const std::byte> bytes) {
  return Reader(path, bytes).read();
}

}  // namespace hourglass::files::hdf5
