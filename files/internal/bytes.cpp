#include <hourglass/files/internal/bytes.h>
#include <hourglass/tensor/base/error.h>

#include <cerrno>
#include <cstring>

namespace hourglass::files::internal {

std::vector<std::byte> read_bytes(const InputFile& file, const std::string& path, std::uint64_t size) {
  std::vector<std::byte> bytes;
  try {
    bytes.resize(size);
  } catch (const std::exception&) {
    throw FileError("load: {} has {} bytes, more than there is memory for; is this a model file?", path,
                    size);
  }
  if (std::fread(bytes.data(), 1, size, file.stream.get()) != size)
    throw FileError("load: cannot read {}: {}; try again, or copy the file elsewhere first", path,
                    std::ferror(file.stream.get()) ? std::strerror(errno) : "it became shorter just now");
  return bytes;
}

std::vector<std::byte> read_whole_file(const std::string& path) {
  const InputFile file = open_input("load", path);
  return read_bytes(file, path, file.size);
}

}  // namespace hourglass::files::internal
