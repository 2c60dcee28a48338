#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace hourglass {

/// Writes a whole file so that a crash at any instant leaves the old one or the new one: a file of another
/// name beside it, written, synced, read back and compared, then renamed over it; the folder is synced too.
///
/// - The other name is `path`.tmp-XXXXXXXXXXXXXXXX with 16 random digits; the file is locked (flock) while
///   its writer lives. Such files without a lock were left by writers that died: the next call with the
///   same path removes them.
///
/// - A symbolic link stays; what it points to is written. An existing file keeps its permissions and, where
///   the system lets it, its owner; a new one has those of the umask.
///
/// - A file that nobody may write to (mode 444) is refused, for root too.
/// - What is not a regular file (/dev/stdout, a pipe) is written to as it is.
///
/// Throws FileError, which begins with `op`; whatever fails, what was at `path` stays as it was.
void write_atomically(std::string_view op, const std::string& path, std::span<const std::byte> bytes);
void write_atomically(std::string_view op, const std::string& path, std::string_view text);

/// The same for a file that is made piece by piece, of which nothing is read back: it stands at `path` once
/// commit() has returned, and not at all if that is never called. Devices and pipes are refused.
class AtomicWriter {
 public:
  AtomicWriter(std::string_view op, const std::string& path);
  ~AtomicWriter();
  AtomicWriter(AtomicWriter&&) noexcept;
  AtomicWriter& operator=(AtomicWriter&&) noexcept;
  void append(std::span<const std::byte> bytes);
  /// Replaces the first bytes: a header that says how much has followed.
  void set_front(std::span<const std::byte> bytes);
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct CloseStream {
  void operator()(std::FILE* stream) const { std::fclose(stream); }
};

/// A regular file, opened for reading, and its size in bytes.
struct InputFile {
  std::unique_ptr<std::FILE, CloseStream> stream;
  std::uint64_t size = 0;
};
/// Throws FileError, which begins with `op`, if there is no such file or it is a folder, a device, a pipe or
/// a socket, which have no size to check anything against.
[[nodiscard]] InputFile open_input(std::string_view op, const std::string& path);

}  // namespace hourglass
