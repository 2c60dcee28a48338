#include <hourglass/files/internal/builder.h>
#include <hourglass/files/internal/format.h>
#include <hourglass/files/internal/writer.h>
#include <hourglass/files/sha256.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <set>

namespace hourglass::files::hdf5 {

namespace {

std::string checksum(const Tensor& flat) {
  Sha256 hash;
  visit(flat.dtype(), [&]<class T>() {
    hash.add(std::as_bytes(std::span(flat.data<T>(), static_cast<std::size_t>(flat.size()))));
  });
  return hash.hex();
}

// Throws unless the reader takes such a name.
void check_name(const std::string& name, const std::string& section) {
  const auto refuse = [&](const char* why) {
    throw FileError(
        "save: the name \"{}\" in section \"{}\" {}; names in visit() become groups at their dots", name,
        section, why);
  };
  if (name.empty() || name.front() == '.' || name.back() == '.' || name.find("..") != std::string::npos)
    refuse("is empty or has an empty part");
  if (name.find_first_of(std::string_view("/\0", 2)) != std::string::npos)
    refuse("has a slash or a zero in it");
  if (name.size() > kLongestName) refuse("is longer than 512 bytes");
  if (static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')) >= kDeepest)
    refuse("has more than 64 parts");
}

void check_names(std::span<const Section> sections) {
  if (sections.size() > kMostSections)
    throw FileError("save: {} sections are more than the {} that a file may have; write several files",
                    sections.size(), kMostSections);
  std::set<std::string> named;
  for (const Section& section : sections) {
    check_name(section.name, section.name);
    if (section.name.find('.') != std::string::npos || !named.insert(section.name).second)
      throw FileError(
          "save: the section name \"{}\" is used twice or has a dot in it; names of sections must differ and "
          "have no dots",
          section.name);
    std::set<std::string> tensors, groups;
    for (const NamedTensor& t : section.tensors) {
      check_name(t.name, section.name);
      if (!tensors.insert(t.name).second) {
        throw FileError("save: the name \"{}\" is used twice in section \"{}\"; names in visit() must differ",
                        t.name, section.name);
      }
      for (std::size_t dot = t.name.find('.'); dot != std::string::npos; dot = t.name.find('.', dot + 1))
        groups.insert(t.name.substr(0, dot));
    }
    for (const std::string& group : groups) {
      if (tensors.count(group) > 0) {
        throw FileError(
            "save: in section \"{}\" the name \"{}\" stands for a tensor and for what has tensors inside; "
            "rename one",
            section.name, group);
      }
    }
  }
}

void write_section(Builder& file, const Section& section) {
  std::set<std::string> made;
  const auto make_group = [&](const std::string& path) {
    if (made.insert(path).second) file.group(path);
  };
  make_group(section.name);
  for (const NamedTensor& t : section.tensors) {
    std::string path = section.name + "/" + t.name;
    for (std::size_t dot = path.find('.', section.name.size()); dot != std::string::npos;
         dot = path.find('.', dot)) {
      make_group(path.substr(0, dot));
      path[dot] = '/';
    }
    file.tensor(path, t.value);
    file.attribute(path, kChecksum, checksum(t.value.contiguous()));
  }
}

}  // namespace

FileImage image_of(std::span<const Section> sections) {
  check_names(sections);
  Builder file;
  file.attribute("/", "format", std::string(kFormat));
  file.attribute("/", "version", kVersion);
  for (const Section& section : sections) write_section(file, section);
  return file.finish();
}

}  // namespace hourglass::files::hdf5
