#include <hourglass/data/idx.h>
#include <hourglass/tensor/error.h>

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

namespace hourglass::data {

namespace {

// A plain or gzipped file, read in order.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), file_(gzopen(path.c_str(), "rb")) {
    if (!file_) throw FileError("read_idx: cannot open {}: {}", path, std::strerror(errno));
    gzbuffer(file_, 1 << 17);
  }
  ~Reader() { gzclose(file_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // Up to n bytes; fewer at the end of the file. Throws if the compressed data are damaged or cut short.
  std::size_t read(std::uint8_t* to, std::size_t n) {
    const int got = gzread(file_, to, static_cast<unsigned>(n));
    int code = Z_OK;
    const char* const text = gzerror(file_, &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) {
      throw FileError("read_idx: {} is damaged or cut short ({}); fetch it again", path_, text);
    }
    return static_cast<std::size_t>(got);
  }

 private:
  std::string path_;
  gzFile file_;
};

Shape read_header(Reader& reader, const std::string& path) {
  std::uint8_t magic[4];
  if (reader.read(magic, 4) != 4)
    throw FileError("read_idx: {} ends within the first 4 bytes; it is not an IDX file", path);
  if (magic[0] != 0 || magic[1] != 0)
    throw FileError("read_idx: {} does not begin with two zero bytes; it is not an IDX file", path);
  if (magic[2] != 8)
    throw FileError("read_idx: {} has elements of type code {}; only 8 (uint8) is supported", path,
                    int{magic[2]});
  if (magic[3] < 1 || magic[3] > kMaxRank)
    throw FileError("read_idx: {} has {} axes; 1 to {} are supported", path, int{magic[3]}, kMaxRank);
  std::vector<std::int64_t> extents;
  double size = 1;
  for (int i = 0; i < magic[3]; ++i) {
    std::uint8_t b[4];
    if (reader.read(b, 4) != 4) throw FileError("read_idx: {} ends within its header", path);
    extents.push_back((std::int64_t{b[0]} << 24) | (b[1] << 16) | (b[2] << 8) | b[3]);
    size *= static_cast<double>(extents.back());
  }
  if (size > 0x1p40)
    throw FileError("read_idx: the header of {} claims {} elements, which is not believable", path, size);
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
  if (reader.read(&beyond, 1) != 0)
    throw FileError("read_idx: {} is longer than its shape {} says", path, shape);
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
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  if (!out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())).flush()) {
    throw FileError("write_idx: cannot write {}: {}", path, std::strerror(errno));
  }
}

}  // namespace hourglass::data
