#include <hourglass/files/internal/object.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <string>

namespace hourglass::files::hdf5 {

namespace {

[[noreturn]] void refuse_soft(const Image& image, std::string_view name) {
  throw FileError(
      "load: {}: \"{}\" is a soft or external link, which is refused; write the data set itself in its place",
      image.path(), name);
}

// Groups of HDF5's first format: names in a local heap, entries in "symbol nodes", those under a B-tree.
class SymbolTable {
 public:
  SymbolTable(Image& image, std::deque<Link>& out) : image_(image), out_(out) {}

  void read(std::uint64_t tree, std::uint64_t heap) {
    Cursor at(image_, image_.take(heap, 32));
    at.expect("HEAP");
    at.expect(0, 1, "a heap of names");
    at.skip(3);
    const std::uint64_t size = at.number(8);
    at.skip(8);  // where its free space begins
    names_ = image_.take(at.address(), size);
    constexpr std::uint64_t kDeepest = 16;
    const std::uint64_t level = Cursor(image_, image_.peek(tree, 6).subspan(5)).number(1);
    if (level > kDeepest) image_.damaged("a tree is too deep");
    read_node(tree, level);
  }

 private:
  void read_node(std::uint64_t address, std::uint64_t level) {
    constexpr std::uint64_t kHead = 24;
    Cursor at(image_, image_.take(address, kHead));
    at.expect("TREE");
    at.expect(0, 1, "a tree");
    at.expect(level, 1, "a tree");
    const std::uint64_t children = at.number(2);
    Cursor list(image_, image_.take(address + kHead, 16 * children + 8));
    for (std::uint64_t i = 0; i < children; ++i) {
      list.skip(8);  // a key: the last name to the left
      const std::uint64_t child = list.address();
      level > 0 ? read_node(child, level - 1) : read_symbols(child);
    }
  }

  void read_symbols(std::uint64_t address) {
    constexpr std::uint64_t kHead = 8, kEntry = 40;
    Cursor at(image_, image_.take(address, kHead));
    at.expect("SNOD");
    at.expect(1, 1, "a list of names");
    at.skip(1);
    const std::uint64_t count = at.number(2);
    Cursor list(image_, image_.take(address + kHead, kEntry * count));
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string_view name = name_at(list.number(8));
      const std::uint64_t object = list.address();
      constexpr std::uint64_t kSoft = 2;
      if (list.number(4) == kSoft) refuse_soft(image_, name);
      list.skip(4 + 16);
      out_.push_back({name, object});
    }
  }

  [[nodiscard]] std::string_view name_at(std::uint64_t offset) const {
    if (offset >= names_.size()) image_.damaged("a name lies outside of its heap");
    const std::string_view rest(reinterpret_cast<const char*>(names_.data()) + offset,
                                names_.size() - offset);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos) image_.damaged("a name has no end");
    return rest.substr(0, end);
  }

  Image& image_;
  std::deque<Link>& out_;
  Bytes names_;
};

}  // namespace

Link read_link(const Image& image, Bytes message) {
  Cursor at(image, message);
  at.expect(1, 1, "a link");
  const std::uint64_t flags = at.number(1);
  const std::uint64_t kind = (flags & 0x08U) ? at.number(1) : 0;
  if (flags & 0x04U) at.skip(8);  // when it was made
  if (flags & 0x10U) at.skip(1);  // the name's character set
  const std::string_view name = at.text(at.number(std::size_t{1} << (flags & 3U)));
  if (kind != 0) refuse_soft(image, name);
  return {name, at.address()};
}

std::deque<Link> links_of(Image& image, Object& group) {
  std::deque<Link> out = std::move(group.links);
  if (!group.symbol_table.empty()) {
    Cursor at(image, group.symbol_table);
    const std::uint64_t tree = at.address();
    SymbolTable(image, out).read(tree, at.address());
  }
  if (!group.link_info.empty()) {
    Cursor at(image, group.link_info);
    at.expect(0, 1, "a list of links");
    if (at.number(1) & 1U) at.skip(8);  // how many were ever made
    const std::uint64_t heap = at.address();
    if (heap != kNowhere) read_dense_links(image, heap, at.address(), out);
  }
  std::sort(out.begin(), out.end(), [](const Link& a, const Link& b) { return a.name < b.name; });
  const auto same = std::adjacent_find(out.begin(), out.end(),
                                       [](const Link& a, const Link& b) { return a.name == b.name; });
  if (same != out.end())
    image.damaged(std::string("the name \"").append(same->name) + "\" stands twice in a group");
  for (const Link& link : out) {
    if (link.name.empty() || link.name.find_first_of(std::string_view("/\0", 2)) != std::string_view::npos)
      image.damaged(std::string("the name \"").append(link.name) + "\" is empty or has a slash in it");
  }
  return out;
}

}  // namespace hourglass::files::hdf5
