#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Zip archives: as many of them as .keras and .npz files need. Source: PKWARE, "APPNOTE.TXT, .ZIP File
/// Format Specification", version 6.3.
namespace hourglass::zip {

using Bytes = std::span<const std::byte>;

struct Entry {
  std::string name;
  Bytes bytes;
};
/// An archive with these entries, not compressed, all of one fixed time: equal entries, equal bytes. Throws
/// FileError for 4 GiB and more.
[[nodiscard]] std::vector<std::byte> archive_of(const std::vector<Entry>& entries);

/// A reader for archives from strangers. An archive ends with its directory (no comment behind it), its
/// entries neither overlap nor lie elsewhere, and are stored or deflated; sizes, names and CRCs are checked.
class Archive {
 public:
  /// The bytes outlive it. Throws FileError, in which the file is called `path` and is to be `what`, as all
  /// functions do.
  Archive(std::string path, Bytes bytes, std::string what = "a .keras file");

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  /// What an entry holds: bytes of the archive, or of `inflated`, which is filled if they were compressed.
  /// Throws also if it would take more than 16 MiB or `most` times the archive.
  [[nodiscard]] Bytes read(std::string_view name, std::vector<std::byte>& inflated, double most = 1.5) const;
  /// The entries' names, in the order of the directory.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  struct Member {
    std::string name;
    std::uint64_t method, crc, packed, size, header;
  };
  [[nodiscard]] const Member* find(std::string_view name) const;
  void read_directory(Bytes directory, std::uint64_t count);
  [[nodiscard]] Bytes packed_bytes(const Member& member) const;
  [[noreturn]] void damaged(const std::string& what) const;

  std::string path_, what_;
  Bytes bytes_;
  std::uint64_t directory_ = 0;  // where it begins
  std::vector<Member> members_;
};

}  // namespace hourglass::zip
