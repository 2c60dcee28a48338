#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/internal/zip.h>

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace hourglass::zip {

namespace {

constexpr std::uint64_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr std::size_t kLocalSize = 30, kCentralSize = 46, kEndSize = 22;
constexpr std::uint64_t kStored = 0, kDeflated = 8;
constexpr std::uint64_t kEarliestDate = 0x21;  // 1 January 1980, the first that there is

void put(std::vector<std::byte>& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
}

void put(std::vector<std::byte>& out, Bytes bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

// Little-endian numbers, one after the other, of bytes that are there.
class Numbers {
 public:
  explicit Numbers(Bytes bytes) : left_(bytes) {}
  std::uint64_t next(std::size_t size) {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < size; ++i) out |= std::to_integer<std::uint64_t>(left_[i]) << (8 * i);
    left_ = left_.subspan(size);
    return out;
  }
  void skip(std::size_t size) { left_ = left_.subspan(size); }

 private:
  Bytes left_;
};

std::string_view text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::uint64_t crc_of(Bytes bytes) {
  return crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

// What the local and the central header of an entry have in common.
void put_header(std::vector<std::byte>& out, const Entry& entry) {
  constexpr std::uint64_t kVersion = 20, kNoFlags = 0, kMidnight = 0;
  put(out, kVersion, 2), put(out, kNoFlags, 2), put(out, kStored, 2);
  put(out, kMidnight, 2), put(out, kEarliestDate, 2);
  put(out, crc_of(entry.bytes), 4), put(out, entry.bytes.size(), 4), put(out, entry.bytes.size(), 4);
  put(out, entry.name.size(), 2), put(out, 0, 2);
}

}  // namespace

std::vector<std::byte> archive_of(const std::vector<Entry>& entries) {
  std::vector<std::byte> out, directory;
  for (const Entry& entry : entries) {
    const std::uint64_t header = out.size();
    const Bytes name = std::as_bytes(std::span(entry.name));
    if (header + entry.bytes.size() + kLocalSize > std::numeric_limits<std::uint32_t>::max())
      throw FileError("save: a zip archive of 4 GiB or more is not written; save as .weights.h5");
    put(out, kLocal, 4), put_header(out, entry), put(out, name), put(out, entry.bytes);
    put(directory, kCentral, 4), put(directory, 20, 2), put_header(directory, entry);
    constexpr std::uint64_t kReadableByAll = std::uint64_t{0600} << 16U;
    put(directory, 0, 2), put(directory, 0, 2), put(directory, 0, 2);  // comment, disk, kind of file
    put(directory, kReadableByAll, 4), put(directory, header, 4), put(directory, name);
  }
  const std::uint64_t begin = out.size();
  put(out, directory);
  put(out, kEnd, 4), put(out, 0, 4), put(out, entries.size(), 2), put(out, entries.size(), 2);
  put(out, directory.size(), 4), put(out, begin, 4), put(out, 0, 2);
  return out;
}

void Archive::damaged(const std::string& what) const {
  throw FileError("load: {} is damaged or not {}: {}; copy it again from where it is whole", path_, what_,
                  what);
}

Archive::Archive(std::string path, Bytes bytes, std::string what)
    : path_(std::move(path)), what_(std::move(what)), bytes_(bytes) {
  if (bytes.size() < kEndSize) damaged("it is too short for a zip archive");
  Numbers end(bytes.last(kEndSize));
  if (end.next(4) != kEnd) damaged("it does not end as a zip archive without a comment does");
  const std::uint64_t disks = end.next(4), here = end.next(2), count = end.next(2), size = end.next(4);
  directory_ = end.next(4);
  if (disks != 0 || here != count || end.next(2) != 0)
    damaged("it is a part of an archive, or has a comment");
  if (directory_ > bytes.size() - kEndSize || size != bytes.size() - kEndSize - directory_)
    damaged("its directory does not lie where it should");
  read_directory(bytes.subspan(directory_, size), count);
}

void Archive::read_directory(Bytes directory, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (directory.size() < kCentralSize) damaged("its directory is cut short");
    Numbers at(directory.first(kCentralSize));
    if (at.next(4) != kCentral) damaged("its directory has something else in it");
    at.skip(4);
    const std::uint64_t flags = at.next(2), method = at.next(2);
    at.skip(4);
    const std::uint64_t crc = at.next(4), packed = at.next(4), size = at.next(4);
    const std::uint64_t name = at.next(2), extra = at.next(2), comment = at.next(2);
    at.skip(8);
    const std::uint64_t header = at.next(4), all = kCentralSize + name + extra + comment;
    if (directory.size() < all) damaged("its directory is cut short");
    constexpr std::uint64_t kEncrypted = 1;
    if ((flags & kEncrypted) != 0) damaged("an entry is encrypted");
    if (method != kStored && method != kDeflated) damaged("an entry is compressed otherwise than by deflate");
    members_.push_back(
        {std::string(text(directory.subspan(kCentralSize, name))), method, crc, packed, size, header});
    if (method == kStored && packed != size) damaged("an entry has two sizes");
    directory = directory.subspan(all);
  }
  if (!directory.empty()) damaged("its directory has something behind it");
  std::vector<const Member*> order;
  for (const Member& m : members_) order.push_back(&m);
  std::sort(order.begin(), order.end(), [](const Member* a, const Member* b) { return a->name < b->name; });
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (order[i]->name == order[i - 1]->name) damaged("\"" + order[i]->name + "\" stands twice in it");
  }
  std::sort(order.begin(), order.end(),
            [](const Member* a, const Member* b) { return a->header < b->header; });
  for (std::size_t i = 0; i < order.size();
       ++i) {  // each lies before the next, the last before the directory
    const std::uint64_t next = i + 1 < order.size() ? order[i + 1]->header : directory_;
    const std::uint64_t least = order[i]->header + kLocalSize + order[i]->name.size() + order[i]->packed;
    if (least > next) damaged("\"" + order[i]->name + "\" overlaps something else");
  }
}

const Archive::Member* Archive::find(std::string_view name) const {
  const auto found =
      std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.name == name; });
  return found == members_.end() ? nullptr : &*found;
}

Bytes Archive::packed_bytes(const Member& member) const {
  Numbers at(bytes_.subspan(member.header, kLocalSize));
  if (at.next(4) != kLocal) damaged("\"" + member.name + "\" is not where the directory says");
  at.skip(4);
  const std::uint64_t method = at.next(2);
  at.skip(16);
  const std::uint64_t name = at.next(2), extra = at.next(2);
  const std::uint64_t begin = member.header + kLocalSize + name + extra;
  if (method != member.method || begin > directory_ || member.packed > directory_ - begin ||
      text(bytes_.subspan(member.header + kLocalSize, name)) != member.name)
    damaged("\"" + member.name + "\" is not what the directory says");
  return bytes_.subspan(begin, member.packed);
}

std::vector<std::string> Archive::names() const {
  std::vector<std::string> out;
  out.reserve(members_.size());
  for (const Member& m : members_) out.push_back(m.name);
  return out;
}

Bytes Archive::read(std::string_view name, std::vector<std::byte>& inflated, double most) const {
  const Member* const member = find(name);
  if (!member) damaged("it has no " + std::string(name));
  Bytes bytes = packed_bytes(*member);
  if (member->method == kDeflated) {
    constexpr double kSmall = 16U << 20U;
    if (static_cast<double>(member->size) > std::max(kSmall, most * static_cast<double>(bytes_.size())))
      damaged("\"" + member->name + "\" would be many times larger than the file");
    inflated.resize(member->size);
    z_stream stream{};
    constexpr int kRaw = -15;  // no header of zlib's own
    if (inflateInit2(&stream, kRaw) != Z_OK) damaged("there is no memory to unpack it");
    // zlib's interface takes what it only reads as not const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(inflated.data());
    stream.avail_out = static_cast<uInt>(inflated.size());
    const int status = inflate(&stream, Z_FINISH);
    const bool whole = status == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0;
    inflateEnd(&stream);
    if (!whole) damaged("\"" + member->name + "\" cannot be unpacked");
    bytes = inflated;
  }
  if (crc_of(bytes) != member->crc) damaged("the checksum of \"" + member->name + "\" is wrong");
  return bytes;
}

}  // namespace hourglass::zip
