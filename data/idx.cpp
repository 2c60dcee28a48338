#include <hourglass/data/idx.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

namespace hourglass::data {

namespace {

// A plain or gzipped file, read in order.
class Reader {
 public:
  explicit Reader(const std::string& path)
      : path_(path), file_(open_input("read_idx", path)), buffer_(std::size_t{1} << 17) {
    fill();
    gzipped_ = stream_.avail_in >= 2 && buffer_[0] == 0x1f && buffer_[1] == 0x8b;
    if (gzipped_ && inflateInit2(&stream_, kGzip) != Z_OK)
      throw FileError("read_idx: zlib cannot start; is there memory left?");
  }
  ~Reader() { inflateEnd(&stream_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Up to n bytes; fewer at the end of the file. Throws if the compressed data are damaged.
  std::size_t read(std::uint8_t* to, std::size_t n) {
    stream_.next_out = to;
    stream_.avail_out = static_cast<unsigned>(n);
    while (stream_.avail_out > 0 && (stream_.avail_in > 0 || fill())) gzipped_ ? unpack() : copy();
    return n - stream_.avail_out;
  }

  // At the end of the file: whether its gzip data end with their checksum.
  [[nodiscard]] bool complete() const { return !gzipped_ || member_ended_; }

 private:
  static constexpr int kGzip = 15 + 16;  // zlib's code for the largest window, gzip's header

  bool fill() {
    stream_.next_in = buffer_.data();
    stream_.avail_in =
        static_cast<unsigned>(std::fread(buffer_.data(), 1, buffer_.size(), file_.stream.get()));
    if (std::ferror(file_.stream.get()))
      throw FileError("read_idx: cannot read {}: {}; is it a file that may be read?", path_,
                      std::strerror(errno));
    return stream_.avail_in > 0;
  }

  void copy() {
    const unsigned count = std::min(stream_.avail_in, stream_.avail_out);
    std::copy_n(stream_.next_in, count, stream_.next_out);
    stream_.next_in += count, stream_.avail_in -= count;
    stream_.next_out += count, stream_.avail_out -= count;
  }

  // A gzip file is one member or several in a row.
  void unpack() {
    const bool next_member = member_ended_;
    if (next_member) inflateReset(&stream_);
    member_ended_ = false;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    member_ended_ = code == Z_STREAM_END;
    if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return;
    const char* const why = stream_.msg ? stream_.msg : "zlib gives no reason";
    throw FileError("read_idx: {} {} ({}); fetch it again", path_,
                    next_member ? "goes on after its gzip data" : "is damaged", why);
  }

  std::string path_;
  InputFile file_;
  std::vector<std::uint8_t> buffer_;
  z_stream stream_{};
  bool gzipped_ = false, member_ended_ = false;
};

[[noreturn]] void throw_cut_header(const std::string& path, std::size_t needs, std::size_t found) {
  throw FileError("read_idx: {} is cut short: its header needs {} bytes, found {}; fetch it again", path,
                  needs, found);
}

Shape read_header(Reader& reader, const std::string& path) {
  std::array<std::uint8_t, 4> magic{};
  if (const std::size_t got = reader.read(magic.data(), 4); got != 4) throw_cut_header(path, 4, got);
  const int type = magic[2], rank = magic[3];
  if (magic[0] != 0 || magic[1] != 0) {
    throw FileError(
        "read_idx: {} does not begin with two zero bytes, but with {} and {}; it is not an IDX file; unpack "
        "or convert it",
        path, int{magic[0]}, int{magic[1]});
  }
  if (type != 8) {
    throw FileError("read_idx: {} has elements of type code {}; only 8 (uint8) is supported; convert them",
                    path, type);
  }
  if (rank < 1 || rank > kMaxRank) {
    throw FileError("read_idx: {} has {} axes; 1 to {} are supported; merge some", path, rank, kMaxRank);
  }
  std::array<std::uint8_t, std::size_t{4} * kMaxRank> bytes{};
  const std::size_t needs = 4 * static_cast<std::size_t>(rank), got = reader.read(bytes.data(), needs);
  if (got != needs) throw_cut_header(path, 4 + needs, 4 + got);
  std::vector<std::int64_t> extents;
  double size = 1;
  for (std::size_t i = 0; i < needs; i += 4) {
    extents.push_back((std::int64_t{bytes[i]} << 24) | (bytes[i + 1] << 16) | (bytes[i + 2] << 8) |
                      bytes[i + 3]);
    size *= static_cast<double>(std::max<std::int64_t>(extents.back(), 1));
  }
  if (size > 0x1p40) {
    throw FileError("read_idx: the header of {} claims {} elements, which is not believable; fetch it again",
                    path, size);
  }
  return Shape(extents);
}

}  // namespace

Tensor read_idx(const std::string& path) {
  Reader reader(path);
  const Shape shape = read_header(reader, path);
  const auto size = static_cast<std::size_t>(shape.size());
  constexpr std::size_t kChunk = 1 << 22;
  std::vector<std::uint8_t> elements;
  while (elements.size() < size) {
    const std::size_t have = elements.size(), want = std::min(kChunk, size - have);
    if (elements.capacity() < have + want) elements.reserve(std::min(size, std::max(have + want, 2 * have)));
    elements.resize(have + want);
    const std::size_t got = reader.read(elements.data() + have, want);
    if (got < want) {
      throw FileError("read_idx: {} is cut short: shape {} needs {} bytes, found {}; fetch it again", path,
                      shape, size, have + got);
    }
  }
  std::uint8_t beyond = 0;
  if (reader.read(&beyond, 1) != 0) {
    throw FileError(
        "read_idx: {} is longer than its shape {} says: {} bytes expected, found more; fetch it again", path,
        shape, size);
  }
  if (!reader.complete()) {
    throw FileError("read_idx: {} is cut short: the gzip data end before their checksum; fetch it again",
                    path);
  }
  Tensor out(shape, uint8);
  std::copy(elements.begin(), elements.end(), out.mutable_data<std::uint8_t>());
  return out;
}

void write_idx(const std::string& path, const Tensor& x) {
  const Tensor flat = x.contiguous();
  std::string bytes{'\0', '\0', '\x08', static_cast<char>(x.rank())};
  for (const std::int64_t extent : x.shape()) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((extent >> shift) & 0xff);
  }
  bytes.append(reinterpret_cast<const char*>(flat.data<std::uint8_t>()), static_cast<std::size_t>(x.size()));
  write_atomically("write_idx", path, bytes);
}

}  // namespace hourglass::data
