#include <hourglass/files/internal/superblock.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>

namespace hourglass::files::hdf5 {

namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";

constexpr std::uint64_t kBeginning = 96;  // holds the first block of all versions

struct Superblock {
  std::uint64_t root = 0;  // address of the root group
  std::uint64_t size = 0;  // its own
  bool has_checksum = false;
};

// The first block of a file of `size` bytes. Versions 0 and 1, then 2 and 3.
Superblock read_superblock(const Image& image, std::uint64_t size) {
  const Bytes first = image.peek(0, std::min(image.size(), kBeginning));
  Cursor at(image, first);
  if (size == 0)
    throw FileError("load: {} is empty; take an earlier copy, or save the model again", image.path());
  if (first.size() < kSignature.size() || at.text(kSignature.size()) != kSignature)
    throw FileError("load: {} is damaged, cut short or not an HDF5 file; is this the file that save() wrote?",
                    image.path());
  const std::uint64_t version = at.number(1);
  if (version > 3) image.damaged("its format is newer than what is supported");
  const bool old = version < 2;
  if (old) at.skip(4);
  at.expect(8, 1, "the size of its addresses");
  at.expect(8, 1, "the size of its lengths");
  at.skip(old ? 1 + 4 + 4 : 1);
  if (version == 1) at.skip(4);
  at.expect(0, 8, "its beginning");
  at.expect(kNowhere, 8, "its list of free space or its extension");
  const std::uint64_t end = at.address();
  if (end != size) {
    throw FileError(
        "load: {} is damaged, cut short or has something appended: it has {} bytes, its header says {}; copy "
        "it again from where it is whole",
        image.path(), size, end);
  }
  if (old) at.expect(kNowhere, 8, "its driver");
  if (old) at.skip(8);
  const std::uint64_t root = at.address();
  constexpr std::uint64_t kEntryRest = 24, kSum = 4;
  at.skip(old ? kEntryRest : kSum);
  return {root, first.size() - at.left(), !old};
}

}  // namespace

void check_beginning(const std::string& path, std::span<const std::byte> first, std::uint64_t size) {
  (void)read_superblock(Image(path, first), size);
}

std::uint64_t read_root_address(Image& image) {
  const Superblock first = read_superblock(image, image.size());
  (void)(first.has_checksum ? image.take_checked(0, first.size) : image.take(0, first.size));
  return first.root;
}

}  // namespace hourglass::files::hdf5
