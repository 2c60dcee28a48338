#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hourglass::training {

/// A file that grows by whole records. Its length goes into a checkpoint: when a run that was killed goes on
/// from there, what it has written since is cut off, so that nothing stands twice and nothing by halves.
class LogFile {
 public:
  /// How many bytes at the beginning of a file are whole records.
  using Whole = std::size_t (*)(std::string_view contents);

  /// Touches nothing yet. `writer` begins the error texts.
  LogFile(std::string writer, std::string path, Whole whole);

  /// The next record will stand behind `length` bytes; a file that is longer is cut at the next settle().
  void go_on_at(std::int64_t length) { length_ = length > 0 ? length : 0, settled_ = false; }
  /// The same behind all whole records that the file has.
  void go_on_at_end();

  /// Makes the file as long as it should be, and makes it if there is none; if it has become shorter, it ends
  /// with its last whole record. Returns the length. Throws FileError.
  std::int64_t settle();
  /// Adds a record: all of it, or nothing and a FileError.
  void append(std::string_view record);
  /// Waits until the disk has what was added.
  void sync() const;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::int64_t length() const { return length_; }

 private:
  std::string writer_, path_;
  Whole whole_;
  std::int64_t length_ = 0;
  bool settled_ = false;
  mutable bool synced_ = true;
};

}  // namespace hourglass::training
