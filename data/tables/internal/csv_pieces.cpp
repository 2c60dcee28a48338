#include <hourglass/data/tables/internal/csv_pieces.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace hourglass::data::csv {

namespace {

// Where the first record of a chunk begins, and how many lines end before; -1 if none does.
struct First {
  std::int64_t offset = -1, lines = 0;
};

// What a chunk of the file adds: lines, and whether it has an odd number of quotes.
struct Scan {
  std::int64_t lines = 0;
  bool odd = false;
  First outside, inside;  // if the chunk begins outside of quotes, or inside
};

First first_record(std::string_view chunk, char quote, bool inside) {
  First out;
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    if (chunk[i] == quote) inside = !inside;
    if (chunk[i] != '\n') continue;
    ++out.lines;
    if (inside) continue;
    out.offset = static_cast<std::int64_t>(i) + 1;
    return out;
  }
  return out;
}

Scan scan(std::string_view chunk, char quote) {
  Scan out;
  out.lines = std::count(chunk.begin(), chunk.end(), '\n');
  const auto quotes = std::count(chunk.begin(), chunk.end(), quote);
  out.odd = quotes % 2 != 0;
  out.outside = first_record(chunk, quote, false);
  if (quotes > 0) out.inside = first_record(chunk, quote, true);
  return out;
}

}  // namespace

Input::Input(const std::string& op, const std::string& path)
    : op_(op), path_(path), file_(open_input(op, path)), size_(static_cast<std::int64_t>(file_.size)) {}

std::string_view Input::read(std::int64_t begin, std::int64_t end, Buffer<char>& buffer) const {
  const auto count = static_cast<std::size_t>(end - begin);
  if (!file_.stream) return text_.substr(static_cast<std::size_t>(begin), count);
  buffer = Buffer<char>(end - begin);
  for (std::size_t have = 0; have < count;) {
    const ssize_t got = ::pread(::fileno(file_.stream.get()), buffer.data() + have, count - have,
                                static_cast<off_t>(begin) + static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      throw FileError("{}: cannot read {}: {}; is the disk in order?", op_, path_, std::strerror(errno));
    if (got == 0)
      throw FileError("{}: {} became shorter while it was read; read it when it is complete", op_, path_);
    have += static_cast<std::size_t>(got);
  }
  return {buffer.data(), count};
}

std::vector<Piece> cut(const Input& input, const Piece& rest, char quote, const Origin& origin,
                       std::int64_t chunk) {
  const std::int64_t size = rest.end - rest.begin, chunks = (size + chunk - 1) / chunk;
  std::vector<Scan> scans(static_cast<std::size_t>(chunks));
  parallel_for(chunks, [&](std::int64_t i) {
    Buffer<char> buffer;
    const std::int64_t begin = rest.begin + i * chunk;
    scans[static_cast<std::size_t>(i)] =
        scan(input.read(begin, std::min(begin + chunk, rest.end), buffer), quote);
  });
  std::vector<Piece> out;
  Piece piece{rest.begin, rest.end, rest.line};
  const auto close = [&](std::int64_t end) {
    if (end == piece.begin) return;
    if (end - piece.begin > kLongestRecord + chunk) {
      throw DataError("{}: {}: a record behind line {} is longer than 64 MB; is a quote not closed?",
                      origin.op, origin.name, piece.line);
    }
    out.push_back({piece.begin, end, piece.line});
  };
  std::int64_t lines = rest.line;
  bool inside = false;
  for (std::int64_t i = 0; i < chunks; ++i) {
    const Scan& s = scans[static_cast<std::size_t>(i)];
    const First& first = inside ? s.inside : s.outside;
    if (i > 0 && first.offset >= 0) {
      const std::int64_t end = rest.begin + i * chunk + first.offset;
      close(end);
      piece = {end, rest.end, lines + first.lines};
    }
    lines += s.lines;
    inside ^= s.odd;
  }
  close(rest.end);
  return out;
}

}  // namespace hourglass::data::csv
