#include "targets.h"

#include <hourglass/data/idx.h>
#include <hourglass/data/png.h>
#include <hourglass/files/internal/reader.h>
#include <hourglass/files/internal/superblock.h>
#include <hourglass/files/internal/writer.h>
#include <hourglass/files/sha256.h>
#include <hourglass/tensor/base/error.h>

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

namespace hourglass::fuzz {

namespace {

// A file in memory under a name that the readers can open.
class MemoryFile {
 public:
  explicit MemoryFile(std::span<const std::byte> bytes) : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
    if (descriptor_ < 0 ||
        write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      std::abort();
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

std::set<std::string> listing(const std::vector<files::Section>& sections) {
  std::set<std::string> out;
  for (const files::Section& s : sections) {
    out.insert(s.name);
    for (const NamedTensor& t : s.tensors) {
      files::Sha256 hash;
      hash.add(t.value.shape().str());
      visit(t.value.dtype(), [&]<class T>() {
        hash.add(std::as_bytes(std::span(t.value.data<T>(), static_cast<std::size_t>(t.value.size()))));
      });
      out.insert(s.name + "." + t.name + " " + std::string(name(t.value.dtype())) + hash.hex());
    }
  }
  return out;
}

}  // namespace

void read_model(std::span<const std::byte> bytes) {
  std::vector<files::Section> sections;
  try {
    files::hdf5::check_beginning("fuzz", bytes.first(std::min<std::size_t>(bytes.size(), 96)), bytes.size());
    sections = files::hdf5::read_sections("fuzz", bytes);
  } catch (const FileError&) {
    return;
  }
  if (listing(files::hdf5::read_sections("fuzz", files::hdf5::image_of(sections))) != listing(sections)) {
    std::fputs("a file that was loaded is another one when saved\n", stderr);
    std::abort();
  }
}

void read_idx(std::span<const std::byte> bytes) {
  const MemoryFile file(bytes);
  try {
    (void)data::read_idx(file.path());
  } catch (const FileError&) {  // the bytes are not such a file
  }
}

void read_png(std::span<const std::byte> bytes) {
  const MemoryFile file(bytes);
  try {
    (void)data::read_png(file.path());
  } catch (const FileError&) {  // the bytes are not such a file
  }
}

}  // namespace hourglass::fuzz
