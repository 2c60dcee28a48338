#pragma once

#include <hourglass/files/internal/image.h>

#include <deque>
#include <optional>
#include <vector>

namespace hourglass::files::hdf5 {

struct Link {
  std::string_view name;
  std::uint64_t address;
};

/// A small named value of an object, in the words of the format: its type, its extents, its bytes.
struct Attribute {
  std::string_view name;
  Bytes type, space, data;
};

/// What the header of a group or a data set says; what it does not say is empty.
struct Object {
  Bytes space, type, layout;          // of a data set
  Bytes link_info, symbol_table;      // of a group: where links are that do not stand in the header
  std::vector<Attribute> attributes;  // those in the header
  std::deque<Link> links;             // of a group: those in the header
  bool is_compressed = false, is_external = false;

  [[nodiscard]] bool is_group() const { return !link_info.empty() || !symbol_table.empty(); }
  [[nodiscard]] bool is_data_set() const { return !layout.empty(); }
  [[nodiscard]] const Attribute* attribute(std::string_view name) const;
};

/// The object whose header (version 1 or 2) is at this address.
[[nodiscard]] Object read_object(Image& image, std::uint64_t address);

/// One link as it stands in a header or in a heap. Throws for soft and external ones.
[[nodiscard]] Link read_link(const Image& image, Bytes message);

/// All links of a group, by name: hard ones, each name once.
[[nodiscard]] std::deque<Link> links_of(Image& image, Object& group);

/// Appends the links of a group of more than a few, which stand in a heap and are listed by a B-tree of
/// version 2.
void read_dense_links(Image& image, std::uint64_t heap, std::uint64_t tree, std::deque<Link>& out);

}  // namespace hourglass::files::hdf5
