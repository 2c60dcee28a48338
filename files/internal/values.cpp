#include <hourglass/files/internal/values.h>

#include <algorithm>

namespace hourglass::files::hdf5 {

namespace {

struct Type {
  std::uint64_t kind, bits, size;
  Bytes rest;
};

enum Kind : std::uint64_t { kInteger = 0, kFloat = 1, kString = 3, kVarying = 9 };

Type read_type(const Image& image, Bytes message) {
  Cursor at(image, message);
  const std::uint64_t kind_and_version = at.number(1), version = kind_and_version >> 4;
  if (version < 1 || version > 4) image.damaged("a type is of a form that is not supported");
  Type type{kind_and_version & 15, at.number(3), at.number(4), {}};
  type.rest = at.piece(at.left());
  return type;
}

constexpr std::uint64_t kSigned = 0x08;

// Whether the numbers that describe a type begin with these; they are two bytes each for integers.
bool begins_with(Bytes rest, std::initializer_list<unsigned> bytes) {
  if (rest.size() < bytes.size()) return false;
  std::size_t i = 0;
  for (const unsigned byte : bytes) {
    if (std::to_integer<unsigned>(rest[i++]) != byte) return false;
  }
  return true;
}

bool is_integer(const Type& type, bool is_signed, std::uint64_t size) {
  return type.kind == kInteger && type.bits == (is_signed ? kSigned : 0) && type.size == size &&
         begins_with(type.rest, {0, 0, static_cast<unsigned>(8 * size), 0});
}

bool is_float(const Type& type, std::uint64_t size) {
  constexpr std::uint64_t kNormalized = 0x20;  // a leading 1 that is not stored
  if (type.kind != kFloat || type.size != size) return false;
  // First bit and number of bits in all; of the exponent, of the mantissa; the exponent's bias.
  if (size == 4)
    return type.bits == (kNormalized | 31U << 8) &&
           begins_with(type.rest, {0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0});
  return type.bits == (kNormalized | 63U << 8) &&
         begins_with(type.rest, {0, 0, 64, 0, 52, 11, 0, 52, 0xff, 3, 0, 0});
}

// A string's end: at the first zero, or before the blanks that fill it up.
std::string_view without_padding(std::string_view text, std::uint64_t padding) {
  constexpr std::uint64_t kBlanks = 2;
  if (padding != kBlanks) return text.substr(0, text.find('\0'));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

}  // namespace

std::vector<std::uint64_t> read_extents(const Image& image, Bytes space) {
  Cursor at(image, space);
  const std::uint64_t version = at.number(1), rank = at.number(1), flags = at.number(1), kind = at.number(1);
  constexpr std::uint64_t kNull = 2, kMostAxes = 32, kPermuted = 2;
  if (version < 1 || version > 2 || rank > kMostAxes || (flags & kPermuted) != 0)
    image.damaged("a shape is of a form that is not supported");
  if (version == 1) at.skip(4);
  if (version == 2 && kind >= kNull) image.damaged("something has no value");
  std::vector<std::uint64_t> extents(rank);
  for (std::uint64_t& extent : extents) extent = at.number(8);
  return extents;
}

std::optional<DType> read_dtype(const Image& image, Bytes message) {
  const Type type = read_type(image, message);
  if (is_float(type, 4)) return float32;
  if (is_float(type, 8)) return float64;
  if (is_integer(type, true, 8)) return int64;
  if (is_integer(type, false, 1)) return uint8;
  return std::nullopt;
}

void AttributeReader::expect_one(const Attribute& attribute) const {
  for (const std::uint64_t extent : read_extents(image_, attribute.space)) {
    if (extent != 1)
      image_.damaged(std::string("the attribute \"").append(attribute.name) +
                     "\" is not one value, but an array");
  }
}

std::string AttributeReader::text(const Attribute& attribute) {
  expect_one(attribute);
  return strings(attribute, 1).front();
}

std::vector<std::string> AttributeReader::texts(const Attribute& attribute) {
  std::uint64_t count = 1;
  for (const std::uint64_t extent : read_extents(image_, attribute.space)) {
    if (__builtin_mul_overflow(count, extent, &count))
      image_.damaged(std::string("the attribute \"").append(attribute.name) + "\" is too long");
  }
  return strings(attribute, count);
}

std::vector<std::string> AttributeReader::strings(const Attribute& attribute, std::uint64_t count) {
  std::vector<std::string> out;
  if (count == 0) return out;
  const Type type = read_type(image_, attribute.type);
  constexpr std::uint64_t kOfCharacters = 1, kReference = 16;
  const bool is_varying =
      type.kind == kVarying && (type.bits & 15) == kOfCharacters && type.size == kReference;
  if (!is_varying && (type.kind != kString || type.size == 0))
    image_.damaged(std::string("the attribute \"").append(attribute.name) + "\" is not a string");
  Cursor data(image_, attribute.data);
  if (count > data.left() / type.size) image_.damaged("something in it is cut short");
  std::uint64_t left = image_.size();  // references may repeat a long string
  for (std::uint64_t i = 0; i < count; ++i) {
    out.emplace_back(is_varying ? varying(data.piece(kReference))
                                : without_padding(data.text(type.size), type.bits & 15));
    if (out.back().size() > left) image_.damaged("its attributes are longer than the file");
    left -= out.back().size();
  }
  return out;
}

std::int64_t AttributeReader::integer(const Attribute& attribute) {
  expect_one(attribute);
  const Type type = read_type(image_, attribute.type);
  for (const std::uint64_t size : {1, 2, 4, 8}) {
    for (const bool is_signed : {true, false}) {
      if (!is_integer(type, is_signed, size)) continue;
      std::uint64_t value = Cursor(image_, attribute.data).number(size);
      const std::uint64_t sign = std::uint64_t{1} << (8 * size - 1);
      if (is_signed && (value & sign) != 0) value |= ~(2 * sign - 1);
      return static_cast<std::int64_t>(value);
    }
  }
  image_.damaged(std::string("the attribute \"").append(attribute.name) +
                 "\" is not an integer (little-endian)");
}

// A string in a "global heap": its length, the address of the collection, its number there.
std::string_view AttributeReader::varying(Bytes reference) {
  Cursor at(image_, reference);
  const std::uint64_t length = at.number(4), address = at.address(), wanted = at.number(4);
  if (length == 0) return {};
  auto found = collections_.find(address);
  if (found == collections_.end()) found = collections_.emplace(address, read_collection(address)).first;
  const std::vector<Numbered>& objects = found->second;
  const auto object = std::lower_bound(objects.begin(), objects.end(), wanted,
                                       [](const Numbered& o, std::uint64_t n) { return o.number < n; });
  if (object == objects.end() || object->number != wanted) image_.damaged("a string is missing");
  Cursor bytes(image_, object->bytes);
  return without_padding(bytes.text(object->bytes.size()).substr(0, length), 0);
}

std::vector<AttributeReader::Numbered> AttributeReader::read_collection(std::uint64_t address) {
  constexpr std::uint64_t kHead = 16;
  Cursor head(image_, image_.peek(address, kHead));
  head.expect("GCOL");
  head.expect(1, 1, "a collection of strings");
  head.skip(3);
  Cursor objects(image_, image_.take(address, head.number(8)));
  objects.skip(kHead);
  std::vector<Numbered> out;
  while (objects.left() >= kHead) {
    const std::uint64_t number = objects.number(2);
    objects.skip(2 + 4);
    const std::uint64_t size = objects.number(8);
    if (number == 0) break;  // what follows is free
    out.push_back({number, objects.piece(size)});
    objects.skip(std::min<std::uint64_t>((8 - size % 8) % 8, objects.left()));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Numbered& a, const Numbered& b) { return a.number < b.number; });
  return out;
}

Bytes read_data(Image& image, Bytes layout, std::uint64_t size, const std::string& name) {
  Cursor at(image, layout);
  const std::uint64_t version = at.number(1), kind = at.number(1);
  constexpr std::uint64_t kCompact = 0, kContiguous = 1;
  if (version < 3 || version > 4 || kind > kContiguous) {
    image.damaged("\"" + name + "\" is chunked, virtual or of an old form (write data sets contiguous)");
  }
  if (kind == kCompact) {
    const std::uint64_t stored = at.number(2);
    if (stored != size) image.damaged("\"" + name + "\" has another size than its shape says");
    return at.piece(size);
  }
  const std::uint64_t address = at.address(), stored = at.number(8);
  if (size == 0) return {};
  if (stored != size || address == kNowhere)
    image.damaged("\"" + name + "\" has another size than its shape says");
  return image.take(address, size);
}

}  // namespace hourglass::files::hdf5
