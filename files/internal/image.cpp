#include <hourglass/files/internal/checks.h>
#include <hourglass/files/internal/image.h>
#include <hourglass/tensor/base/error.h>

#include <array>
#include <bit>

namespace hourglass::files::hdf5 {

std::uint32_t lookup3(Bytes bytes) {
  const std::uint32_t start = 0xdeadbeefU + static_cast<std::uint32_t>(bytes.size());
  std::array<std::uint32_t, 3> s{start, start, start};
  auto& [a, b, c] = s;
  const auto add = [&](Bytes block) {  // up to 12 bytes, as three little-endian words
    for (std::size_t i = 0; i < block.size(); ++i)
      s.at(i / 4) += std::to_integer<std::uint32_t>(block[i]) << (8 * (i % 4));
  };
  const auto turn = [](std::uint32_t& x, std::uint32_t y, int bits) { x ^= y, x -= std::rotl(y, bits); };
  if (bytes.empty()) return c;
  for (; bytes.size() > 12; bytes = bytes.subspan(12)) {
    add(bytes.first(12));
    const auto mix = [](std::uint32_t& x, std::uint32_t& y, std::uint32_t z, int bits) {
      x = (x - y) ^ std::rotl(y, bits);
      y += z;
    };
    mix(a, c, b, 4), mix(b, a, c, 6), mix(c, b, a, 8);
    mix(a, c, b, 16), mix(b, a, c, 19), mix(c, b, a, 4);
  }
  add(bytes);
  turn(c, b, 14), turn(a, c, 11), turn(b, a, 25), turn(c, b, 16), turn(a, c, 4), turn(b, a, 14),
      turn(c, b, 24);
  return c;
}

void Image::damaged(std::string_view what) const {
  throw FileError(
      "load: {} is damaged or not a model file: {}; take a copy of the file, or save the model again", path_,
      what);
}

Bytes Image::peek(std::uint64_t address, std::uint64_t size) const {
  if (address > bytes_.size() || size > bytes_.size() - address) damaged("it points beyond its own end");
  return bytes_.subspan(address, size);
}

Bytes Image::take(std::uint64_t address, std::uint64_t size) {
  const Bytes bytes = peek(address, size);
  if (size == 0) return bytes;
  const auto after = taken_.lower_bound(address);
  if ((after != taken_.end() && after->first < address + size) ||
      (after != taken_.begin() && std::prev(after)->second > address)) {
    damaged("two things in it share the same bytes, or one is linked twice");
  }
  taken_.emplace_hint(after, address, address + size);
  return bytes;
}

Bytes Image::take_checked(std::uint64_t address, std::uint64_t size) {
  constexpr std::size_t kChecksum = 4;
  if (size < kChecksum) damaged("a block is too small for its checksum");
  const Bytes bytes = take(address, size), body = bytes.first(size - kChecksum);
  if (!is_checksum(bytes.last(kChecksum), lookup3(body))) damaged("a checksum of its structure is wrong");
  return body;
}

Bytes Cursor::piece(std::uint64_t size) {
  if (size > left_.size()) image_->damaged("something in it is cut short");
  const Bytes out = left_.first(size);
  left_ = left_.subspan(size);
  return out;
}

std::uint64_t Cursor::number(std::size_t size) {
  std::uint64_t out = 0;
  int shift = 0;
  for (const std::byte byte : piece(size)) {
    out |= std::to_integer<std::uint64_t>(byte) << shift;
    shift += 8;
  }
  return out;
}

std::string_view Cursor::text(std::uint64_t size) {
  const Bytes bytes = piece(size);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void Cursor::expect(std::string_view signature) {
  if (text(signature.size()) != signature)
    image_->damaged(std::string("it has no ").append(signature) + " where one is due");
}

void Cursor::expect(std::uint64_t value, std::size_t size, std::string_view what) {
  if (number(size) != value) image_->damaged(std::string(what).append(" is of a form that is not supported"));
}

}  // namespace hourglass::files::hdf5
