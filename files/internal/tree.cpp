#include <hourglass/files/internal/superblock.h>
#include <hourglass/files/internal/tree.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>

namespace hourglass::files::hdf5 {

Tree::Tree(std::string path, Bytes bytes)
    : image_(std::move(path), bytes), attributes_(image_), root_(read_root_address(image_)) {
  if (!read(root_).object.is_group()) image_.damaged("its root is not a group");
}

Tree::Node& Tree::read(std::uint64_t address) {
  const auto found = nodes_.find(address);
  if (found != nodes_.end()) return found->second;
  Node node{read_object(image_, address), {}, {}};
  if (node.object.is_group()) node.links = links_of(image_, node.object);
  return nodes_.emplace(address, std::move(node)).first->second;
}

Tree::Node* Tree::find(std::string_view path) {
  Node* node = &read(root_);
  while (!path.empty()) {
    const std::string_view name = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), name.size() + 1));
    if (name.empty()) continue;
    const auto link = std::lower_bound(node->links.begin(), node->links.end(), name,
                                       [](const Link& l, std::string_view n) { return l.name < n; });
    if (link == node->links.end() || link->name != name) return nullptr;
    node = &read(link->address);
  }
  return node;
}

std::vector<std::string> Tree::names(std::string_view path) {
  std::vector<std::string> out;
  if (const Node* const node = find(path)) {
    for (const Link& link : node->links) out.emplace_back(link.name);
  }
  return out;
}

DataSet Tree::data_set(std::string_view path) {
  Node* const node = find(path);
  if (!node || !node->object.is_data_set()) {
    throw FileError("load: {} has no data set \"{}\"; was it written by another version of Keras?",
                    image_.path(), path);
  }
  if (!node->values) node->values = read_data_set(image_, node->object, std::string(path));
  return *node->values;
}

const Attribute* Tree::attribute_of(std::string_view path, std::string_view name) {
  const Node* const node = find(path);
  return node ? node->object.attribute(name) : nullptr;
}

std::optional<std::string> Tree::text(std::string_view path, std::string_view attribute) {
  const Attribute* const found = attribute_of(path, attribute);
  return found ? std::optional(attributes_.text(*found)) : std::nullopt;
}

std::optional<std::vector<std::string>> Tree::texts(std::string_view path, std::string_view attribute) {
  const Attribute* const found = attribute_of(path, attribute);
  return found ? std::optional(attributes_.texts(*found)) : std::nullopt;
}

}  // namespace hourglass::files::hdf5
