#include <hourglass/files/internal/checks.h>
#include <hourglass/files/internal/object.h>

#include <algorithm>
#include <bit>

namespace hourglass::files::hdf5 {

namespace {

// How many bytes the format takes for numbers up to `most`.
std::size_t bytes_for(std::uint64_t most) { return (static_cast<std::size_t>(std::bit_width(most)) + 7) / 8; }

// A "fractal heap": objects in blocks whose sizes double row by row of a table, addressed as if all blocks
// lay one after another. Only the part of it that lists of links use: no filters, no objects outside of the
// blocks.
class Heap {
 public:
  Heap(Image& image, std::uint64_t address) : image_(image), address_(address) {
    constexpr std::uint64_t kSize = 146;
    Cursor at(image, image.take_checked(address, kSize));
    at.expect("FRHP");
    at.expect(0, 1, "a heap");
    id_size_ = at.number(2);
    at.expect(0, 2, "a heap with filters");
    checked_blocks_ = (at.number(1) & 2U) != 0;
    largest_object_ = at.number(4);
    at.skip(96);  // about free space and objects elsewhere
    width_ = at.number(2);
    first_size_ = at.number(8);
    largest_direct_ = at.number(8);
    offset_size_ = (at.number(2) + 7) / 8;
    at.skip(2);
    const std::uint64_t root = at.address(), rows = at.number(2);
    const auto is_power = [](std::uint64_t n, std::uint64_t most) {
      return std::has_single_bit(n) && n <= most;
    };
    if (!is_power(width_, 1U << 16) || !is_power(first_size_, 1U << 30) ||
        !is_power(largest_direct_, 1U << 30) || first_size_ > largest_direct_ || offset_size_ < 1 ||
        offset_size_ > 8 || largest_object_ == 0) {
      image.damaged("a heap is of a form that is not supported");
    }
    length_size_ = std::min(bytes_for(largest_direct_ - 1), bytes_for(largest_object_));
    if (root == kNowhere) return;
    rows == 0 ? read_direct(root, 0, first_size_) : read_indirect(root, 0, rows);
  }

  // The object that an identifier from the tree stands for.
  [[nodiscard]] Bytes object(Bytes id) const {
    Cursor at(image_, id);
    at.expect(0, 1, "an object in a heap");
    const std::uint64_t offset = at.number(offset_size_), length = at.number(length_size_);
    const auto after = std::upper_bound(blocks_.begin(), blocks_.end(), offset,
                                        [](std::uint64_t o, const Block& b) { return o < b.offset; });
    if (after == blocks_.begin()) image_.damaged("an object lies outside of its heap");
    const Block& block = *std::prev(after);
    Cursor in(image_, block.bytes);
    in.skip(offset - block.offset);
    return in.piece(length);
  }
  [[nodiscard]] std::size_t id_size() const { return id_size_; }

 private:
  struct Block {
    std::uint64_t offset;  // in the heap
    Bytes bytes;
  };

  [[nodiscard]] std::uint64_t block_size(std::uint64_t row) const {
    return first_size_ << (row == 0 ? 0 : row - 1);
  }
  [[nodiscard]] std::uint64_t direct_rows() const {
    return static_cast<std::uint64_t>(std::bit_width(largest_direct_) - std::bit_width(first_size_)) + 2;
  }

  void check_head(Cursor& at, std::string_view signature, std::uint64_t offset) const {
    at.expect(signature);
    at.expect(0, 1, "a block of a heap");
    if (at.address() != address_ || at.number(offset_size_) != offset)
      image_.damaged("a block of a heap belongs elsewhere");
  }

  void read_direct(std::uint64_t address, std::uint64_t offset, std::uint64_t size) {
    const Bytes bytes = image_.take(address, size);
    Cursor at(image_, bytes);
    check_head(at, "FHDB", offset);
    if (checked_blocks_) {
      std::vector<std::byte> copy(bytes.begin(),
                                  bytes.end());  // its checksum is that with zeros in its place
      const std::size_t place = bytes.size() - at.left();
      const Bytes checksum = at.piece(4);
      std::fill_n(copy.begin() + static_cast<std::ptrdiff_t>(place), 4, std::byte{});
      if (!is_checksum(checksum, lookup3(copy))) image_.damaged("a checksum of its structure is wrong");
    }
    blocks_.push_back({offset, bytes});
  }

  void read_indirect(std::uint64_t address, std::uint64_t offset, std::uint64_t rows) {
    constexpr std::uint64_t kMostRows = 32, kHead = 13, kChecksum = 4;
    if (rows > kMostRows) image_.damaged("a heap is too large");
    Cursor at(image_, image_.take_checked(address, kHead + offset_size_ + 8 * rows * width_ + kChecksum));
    check_head(at, "FHIB", offset);
    for (std::uint64_t row = 0; row < rows; ++row) {
      const std::uint64_t size = block_size(row);
      for (std::uint64_t i = 0; i < width_; ++i, offset += size) {
        const std::uint64_t child = at.address();
        if (child == kNowhere) continue;
        if (row < direct_rows()) {
          read_direct(child, offset, size);
        } else {
          const auto smallest = static_cast<std::uint64_t>(std::bit_width(first_size_ * width_));
          const auto own = static_cast<std::uint64_t>(std::bit_width(size));
          if (own < smallest) image_.damaged("a heap is of a form that is not supported");
          read_indirect(child, offset, own - smallest + 1);
        }
      }
    }
  }

  Image& image_;
  std::uint64_t address_;
  std::size_t id_size_ = 0, offset_size_ = 0, length_size_ = 0;
  std::uint64_t largest_object_ = 0, width_ = 0, first_size_ = 0, largest_direct_ = 0;
  bool checked_blocks_ = false;
  std::vector<Block> blocks_;  // by offset
};

// A B-tree of version 2 whose records are hashes of names and identifiers in a heap.
class Tree {
 public:
  Tree(Image& image, const Heap& heap, std::deque<Link>& out) : image_(image), heap_(heap), out_(out) {}

  void read(std::uint64_t address) {
    constexpr std::uint64_t kSize = 38, kNamesOfLinks = 5, kDeepest = 16;
    Cursor at(image_, image_.take_checked(address, kSize));
    at.expect("BTHD");
    at.expect(0, 1, "a tree");
    at.expect(kNamesOfLinks, 1, "a tree");
    const std::uint64_t node_size = at.number(4);
    at.expect(kHash + heap_.id_size(), 2, "a tree");
    const std::uint64_t depth = at.number(2);
    at.skip(2);  // when nodes are split and merged
    const std::uint64_t root = at.address(), records = at.number(2);
    if (depth > kDeepest || node_size > image_.size()) image_.damaged("a tree is too deep or too large");
    measure(node_size, depth);
    if (root != kNowhere) read_node(root, records, depth);
  }

 private:
  static constexpr std::uint64_t kHash = 4, kHead = 6, kChecksum = 4;
  struct Level {
    std::size_t total_size = 0;  // bytes of a pointer's number of all records below a node of this level
    std::uint64_t most_below = 0;
  };

  [[nodiscard]] std::uint64_t record_size() const { return kHash + heap_.id_size(); }

  // The sizes of counts in the nodes follow from how many records nodes of each level can have.
  void measure(std::uint64_t node_size, std::uint64_t depth) {
    const std::uint64_t rest = node_size - std::min(node_size, kHead + kChecksum);
    const std::uint64_t in_leaf = rest / record_size();
    count_size_ = bytes_for(in_leaf);
    levels_ = {{0, in_leaf}};
    for (std::uint64_t i = 0; i < depth; ++i) {
      const Level& below = levels_.back();
      const std::uint64_t pointer = 8 + count_size_ + below.total_size;
      if (rest < pointer + record_size()) image_.damaged("a tree is of a form that is not supported");
      const std::uint64_t here = (rest - pointer) / (record_size() + pointer);
      constexpr std::uint64_t kMost = std::uint64_t{1} << 56;
      const std::uint64_t most =
          below.most_below > kMost / (here + 1) ? kMost : (here + 1) * below.most_below + here;
      levels_.push_back({bytes_for(most), most});
    }
  }

  void read_node(std::uint64_t address, std::uint64_t records, std::uint64_t level) {
    const std::size_t total_size = level > 0 ? levels_.at(level - 1).total_size : 0;
    const std::uint64_t pointers = level > 0 ? (records + 1) * (8 + count_size_ + total_size) : 0;
    Cursor at(image_, image_.take_checked(address, kHead + records * record_size() + pointers + kChecksum));
    at.expect(level > 0 ? "BTIN" : "BTLF");
    at.expect(0, 1, "a tree");
    at.skip(1);  // its kind
    for (std::uint64_t i = 0; i < records; ++i) {
      at.skip(kHash);
      out_.push_back(read_link(image_, heap_.object(at.piece(heap_.id_size()))));
    }
    for (std::uint64_t i = 0; level > 0 && i <= records; ++i) {
      const std::uint64_t child = at.address(), count = at.number(count_size_);
      at.skip(total_size);
      read_node(child, count, level - 1);
    }
  }

  Image& image_;
  const Heap& heap_;
  std::deque<Link>& out_;
  std::size_t count_size_ = 0;
  std::vector<Level> levels_;
};

}  // namespace

void read_dense_links(Image& image, std::uint64_t heap, std::uint64_t tree, std::deque<Link>& out) {
  const Heap links(image, heap);
  Tree(image, links, out).read(tree);
}

}  // namespace hourglass::files::hdf5
