#pragma once

#include <hourglass/files/internal/data_set.h>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hourglass::files::hdf5 {

/// An HDF5 file walked by paths, "layers/dense/vars". Each object is read when it is first asked for, so
/// neither cycles nor objects with several names do harm.
class Tree {
 public:
  /// The bytes outlive it. Throws FileError, in which the file is called `path`, as all functions do.
  Tree(std::string path, Bytes bytes);

  /// Whether there is such an object; "" is the root.
  [[nodiscard]] bool has(std::string_view path) { return find(path) != nullptr; }
  /// The names in a group, sorted; none if it is a data set or not there.
  [[nodiscard]] std::vector<std::string> names(std::string_view path);
  [[nodiscard]] DataSet data_set(std::string_view path);
  /// An attribute of an object that is one string, or a list of them; nullopt if it has none of that name.
  [[nodiscard]] std::optional<std::string> text(std::string_view path, std::string_view attribute);
  [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view path,
                                                              std::string_view attribute);
  [[nodiscard]] const std::string& path() const { return image_.path(); }

 private:
  struct Node {
    Object object;
    std::deque<Link> links;           // by name
    std::optional<DataSet> values{};  // once asked for
  };
  [[nodiscard]] Node* find(std::string_view path);
  [[nodiscard]] Node& read(std::uint64_t address);
  [[nodiscard]] const Attribute* attribute_of(std::string_view path, std::string_view name);

  Image image_;
  AttributeReader attributes_;
  std::map<std::uint64_t, Node> nodes_;  // by address
  std::uint64_t root_;
};

}  // namespace hourglass::files::hdf5
