#include <hourglass/files/internal/object.h>

#include <algorithm>

namespace hourglass::files::hdf5 {

namespace {

enum Kind : std::uint64_t {  // of messages
  kNothing = 0x00,
  kSpace = 0x01,
  kLinkInfo = 0x02,
  kType = 0x03,
  kOldFill = 0x04,
  kFill = 0x05,
  kLink = 0x06,
  kExternalFiles = 0x07,
  kLayout = 0x08,
  kGroupInfo = 0x0a,
  kFilters = 0x0b,
  kAttribute = 0x0c,
  kComment = 0x0d,
  kOldTime = 0x0e,
  kContinuation = 0x10,
  kSymbolTable = 0x11,
  kTime = 0x12,
  kTreeConstants = 0x13,
  kAttributeInfo = 0x15,
  kReferences = 0x16,
};

Attribute read_attribute(const Image& image, Bytes message) {
  Cursor at(image, message);
  const std::uint64_t version = at.number(1), flags = at.number(1);
  if (version < 1 || version > 3 || flags != 0)
    image.damaged("an attribute is of a form that is not supported");
  const std::uint64_t name_size = at.number(2), type_size = at.number(2), space_size = at.number(2);
  if (version == 3) at.skip(1);  // the name's character set
  const auto padded = [&](std::uint64_t size) { return version == 1 ? (size + 7) / 8 * 8 : size; };
  Attribute out;
  out.name = at.text(padded(name_size)).substr(0, name_size);
  out.name = out.name.substr(0, out.name.find('\0'));
  out.type = at.piece(padded(type_size));
  out.space = at.piece(padded(space_size));
  out.data = at.piece(at.left());
  return out;
}

// Puts the messages of a header, which may be in several pieces, into an Object.
class Header {
 public:
  explicit Header(Image& image) : image_(image) {}

  Object read(std::uint64_t address) {
    if (Cursor(image_, image_.peek(address, 4)).text(4) == "OHDR") {
      read_version_2(address);
    } else {
      read_version_1(address);
    }
    return std::move(out_);
  }

 private:
  void read_version_1(std::uint64_t address) {
    constexpr std::uint64_t kPrefix = 16;
    Cursor at(image_, image_.take(address, kPrefix));
    at.expect(1, 1, "the header of an object");
    at.skip(1 + 2 + 4);  // reserved, number of messages, number of references
    const std::uint64_t size = at.number(4);
    read_messages_1(image_.take(address + kPrefix, size));
    while (!more_.empty()) {
      const Piece piece = next_piece();
      read_messages_1(image_.take(piece.address, piece.size));
    }
  }

  void read_messages_1(Bytes piece) {
    for (Cursor at(image_, piece); at.left() > 0;) {
      const std::uint64_t kind = at.number(2), size = at.number(2), flags = at.number(1);
      at.skip(3);
      add(kind, flags, at.piece(size));
    }
  }

  void read_version_2(std::uint64_t address) {
    constexpr std::uint64_t kPrefix = 6, kTimes = 16, kPhase = 4, kChecksum = 4;
    Cursor at(image_, image_.peek(address, kPrefix));
    at.expect("OHDR");
    at.expect(2, 1, "the header of an object");
    const std::uint64_t flags = at.number(1);
    if ((flags & 0xc0U) != 0) image_.damaged("the header of an object is of a form that is not supported");
    const std::uint64_t size_size = std::uint64_t{1} << (flags & 3U),
                        more = ((flags & 0x20U) ? kTimes : 0) + ((flags & 0x10U) ? kPhase : 0);
    const std::uint64_t before = kPrefix + more + size_size;
    const std::uint64_t size =
        Cursor(image_, image_.peek(address + kPrefix + more, size_size)).number(size_size);
    if (size > image_.size()) image_.damaged("the header of an object is larger than the file");
    const bool ordered = (flags & 0x04U) != 0;
    read_messages_2(image_.take_checked(address, before + size + kChecksum).subspan(before), ordered);
    while (!more_.empty()) {
      const Piece piece = next_piece();
      Cursor block(image_, image_.take_checked(piece.address, piece.size));
      block.expect("OCHK");
      read_messages_2(block.piece(block.left()), ordered);
    }
  }

  void read_messages_2(Bytes piece, bool ordered) {
    const std::size_t head = ordered ? 6 : 4;
    for (Cursor at(image_, piece); at.left() >= head;) {  // fewer bytes are a gap
      const std::uint64_t kind = at.number(1), size = at.number(2), flags = at.number(1);
      at.skip(head - 4);
      add(kind, flags, at.piece(size));
    }
  }

  void add(std::uint64_t kind, std::uint64_t flags, Bytes message) {
    constexpr std::uint64_t kShared = 0x02;
    constexpr std::size_t kMostAttributes = 1000;
    if (kind != kNothing && (flags & kShared) != 0) image_.damaged("an object shares a part of its header");
    switch (kind) {
      case kSpace:
        return set(out_.space, message);
      case kType:
        return set(out_.type, message);
      case kLayout:
        return set(out_.layout, message);
      case kLinkInfo:
        return set(out_.link_info, message);
      case kSymbolTable:
        return set(out_.symbol_table, message);
      case kLink:
        out_.links.push_back(read_link(image_, message));
        return;
      case kFilters:
        out_.is_compressed = true;
        return;
      case kExternalFiles:
        out_.is_external = true;
        return;
      case kContinuation:
        return more_.push_back(read_piece(message));
      case kAttribute:
        if (out_.attributes.size() == kMostAttributes) image_.damaged("an object has too many attributes");
        out_.attributes.push_back(read_attribute(image_, message));
        return;
      case kNothing:
      case kOldFill:
      case kFill:
      case kGroupInfo:
      case kComment:
      case kOldTime:
      case kTime:
      case kTreeConstants:
      case kAttributeInfo:
      case kReferences:
        return;
      default:
        image_.damaged("the header of an object holds something unknown");
    }
  }

  void set(Bytes& place, Bytes message) {
    if (!place.empty() || message.empty())
      image_.damaged("the header of an object says the same twice, or nothing");
    place = message;
  }

  struct Piece {
    std::uint64_t address, size;
  };
  [[nodiscard]] Piece read_piece(Bytes message) const {
    Cursor at(image_, message);
    const std::uint64_t address = at.address();
    return {address, at.number(8)};
  }
  Piece next_piece() {
    const Piece piece = more_.back();
    more_.pop_back();
    return piece;
  }

  Image& image_;
  Object out_;
  std::vector<Piece> more_;
};

}  // namespace

const Attribute* Object::attribute(std::string_view name) const {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& a) { return a.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

Object read_object(Image& image, std::uint64_t address) { return Header(image).read(address); }

}  // namespace hourglass::files::hdf5
