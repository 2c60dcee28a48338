#pragma once

#include <hourglass/data/tables/internal/csv_records.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/buffer.h>

#include <string>
#include <string_view>
#include <vector>

namespace hourglass::data::csv {

/// The bytes of a file or of a text in memory; any thread may read any of them.
class Input {
 public:
  explicit Input(std::string_view text) : text_(text), size_(std::ssize(text)) {}
  Input(const std::string& op, const std::string& path);

  [[nodiscard]] std::int64_t size() const { return size_; }
  /// The bytes from begin to end, in `buffer` where they come from a file. Throws FileError if there are
  /// fewer than at the start.
  [[nodiscard]] std::string_view read(std::int64_t begin, std::int64_t end, Buffer<char>& buffer) const;

 private:
  std::string op_, path_;
  std::string_view text_;
  InputFile file_;
  std::int64_t size_ = 0;
};

/// Whole records: the bytes from begin to end, of which the first stands in `line`.
struct Piece {
  std::int64_t begin = 0, end = 0, line = 1;
};

inline constexpr std::int64_t kChunk = std::int64_t{4} << 20;

/// Cuts what follows `begin` into pieces of about `chunk` bytes. A piece ends behind the first line's end
/// that is not between quotes after a multiple of these; whether one is follows from the number of quotes
/// before it, which is counted in parallel. Throws DataError for a record beyond kLongestRecord.
[[nodiscard]] std::vector<Piece> cut(const Input& input, const Piece& rest, char quote, const Origin& origin,
                                     std::int64_t chunk = kChunk);

/// What read_csv and parse_csv do; neither the table nor an error depends on `chunk`.
[[nodiscard]] Table read(const Input& input, const CsvOptions& options, const Origin& origin,
                         std::int64_t chunk = kChunk);

}  // namespace hourglass::data::csv
