#include <hourglass/data/npy.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/internal/zip.h>

#include <algorithm>

namespace hourglass::data {

namespace {

constexpr std::string_view kEnding = ".npy";

// The file's bytes and the archive that they are.
struct Npz {
  explicit Npz(const std::string& path) : bytes(all_of(path)), archive(path, bytes, "a .npz file") {}

  static std::vector<std::byte> all_of(const std::string& path) {
    const InputFile file = open_input("read_npz", path);
    std::vector<std::byte> out(file.size);
    if (std::fread(out.data(), 1, out.size(), file.stream.get()) != out.size())
      throw FileError("read_npz: {} cannot be read to its end; was it changed meanwhile?", path);
    return out;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (std::string name : archive.names()) {
      if (!name.ends_with(kEnding)) continue;
      name.resize(name.size() - kEnding.size());
      out.push_back(std::move(name));
    }
    return out;
  }

  std::vector<std::byte> bytes;
  zip::Archive archive;
};

}  // namespace

std::vector<std::string> npz_names(const std::string& path) { return Npz(path).names(); }

Tensor read_npz(const std::string& path, const std::string& name) {
  const Npz file(path);
  const std::vector<std::string> names = file.names();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    std::string all;
    for (const std::string& n : names) all.append(all.empty() ? "" : ", ").append(n);
    throw FileError("read_npz: {} has no array \"{}\"; there are: {}", path, name,
                    all.empty() ? "none" : all);
  }
  std::vector<std::byte> inflated;
  constexpr double kMostPacked = 1032.0;  // of deflate
  return parse_npy(file.archive.read(std::string(name).append(kEnding), inflated, kMostPacked),
                   path + ": " + name);
}

}  // namespace hourglass::data
