#include <hourglass/data/row_file.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/map.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/views.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <vector>

namespace hourglass::data {

static_assert(std::endian::native == std::endian::little,
              "a file of rows holds numbers as they are in memory");

namespace {

constexpr std::array<char, 8> kMagic{'H', 'G', 'R', 'O', 'W', 'S', '1', '\n'};
constexpr std::int64_t kHeaderBytes = 4096;
constexpr std::uint8_t kNoTargets = 255;

// The first bytes of the file, as they stand there.
struct Header {
  std::array<char, 8> magic = kMagic;
  std::int64_t header_bytes = kHeaderBytes, rows = 0, x_bytes = 0, y_bytes = 0;
  std::uint8_t x_dtype = 0, x_rank = 0, y_dtype = kNoTargets, y_rank = 0;
  std::array<char, 4> zeros{};
  std::array<std::int64_t, 8> x_extents{}, y_extents{};
  std::uint32_t crc = 0, end = 0;

  [[nodiscard]] std::uint32_t checksum() const {
    return static_cast<std::uint32_t>(
        ::crc32(0, reinterpret_cast<const unsigned char*>(this), offsetof(Header, crc)));
  }
};
static_assert(sizeof(Header) == 184 && std::is_trivially_copyable_v<Header>);
static_assert(kMaxRank <= 8);

using Page = std::array<std::byte, kHeaderBytes>;

Page page_of(Header header) {
  header.crc = header.checksum();
  Page page{};
  std::memcpy(page.data(), &header, sizeof header);
  return page;
}

// Bytes of a row's part, or -1 if there cannot be so many.
std::int64_t bytes_of(std::uint8_t dtype, std::uint8_t rank, const std::array<std::int64_t, 8>& extents) {
  if (dtype > 3 || rank > kMaxRank) return -1;
  std::int64_t bytes = item_size(static_cast<DType>(dtype));
  for (std::size_t i = 0; i < rank; ++i) {
    if (extents[i] < 0 || __builtin_mul_overflow(bytes, extents[i], &bytes)) return -1;
  }
  return bytes;
}

Shape shape_of(std::uint8_t rank, const std::array<std::int64_t, 8>& extents) {
  return Shape(std::vector<std::int64_t>(extents.begin(), extents.begin() + rank));
}

const std::byte* bytes_in(const Tensor& x) {
  return visit(x.dtype(), [&]<class T>() { return reinterpret_cast<const std::byte*>(x.data<T>()); });
}

void describe_row(const Tensor& x, std::uint8_t& dtype, std::uint8_t& rank,
                  std::array<std::int64_t, 8>& extents, std::int64_t& bytes) {
  dtype = static_cast<std::uint8_t>(x.dtype());
  rank = static_cast<std::uint8_t>(x.rank() - 1);
  for (int i = 1; i < x.rank(); ++i) extents[static_cast<std::size_t>(i - 1)] = x.shape(i);
  bytes = bytes_of(dtype, rank, extents);
}

}  // namespace

struct RowWriter::State {
  explicit State(const std::string& path) : file("RowWriter", path) { file.append(Page{}); }

  AtomicWriter file;
  Header header{};
  bool begun = false, finished = false;
};

RowWriter::RowWriter(const std::string& path) : state_(std::make_unique<State>(path)) {}
RowWriter::~RowWriter() = default;
RowWriter::RowWriter(RowWriter&&) noexcept = default;
RowWriter& RowWriter::operator=(RowWriter&&) noexcept = default;

void RowWriter::append(const Tensor& x) { add(x, nullptr); }
void RowWriter::append(const Tensor& x, const Tensor& y) { add(x, &y); }

void RowWriter::add(const Tensor& x, const Tensor* y) {
  State& s = *state_;
  if (s.finished) throw DataError("RowWriter: the file is finished; begin another one");
  if (x.rank() < 1 || (y && (y->rank() < 1 || y->shape(0) != x.shape(0))))
    throw ShapeError(
        "RowWriter: examples {} and targets {} must agree in the first axis; give one target for each",
        x.shape(), y ? y->shape() : Shape{});
  if (x.dtype() != uint8 && x.dtype() != float32)
    throw DTypeError(
        "RowWriter: examples must be uint8 or float32, got {}; convert them with x.to(hg::float32)",
        name(x.dtype()));
  Header row;
  describe_row(x, row.x_dtype, row.x_rank, row.x_extents, row.x_bytes);
  if (y) describe_row(*y, row.y_dtype, row.y_rank, row.y_extents, row.y_bytes);
  row.rows = s.header.rows;
  if (s.begun && std::memcmp(&row, &s.header, sizeof row) != 0) {
    throw ShapeError("RowWriter: rows of {} {} {} do not fit those before, of {} {}; all rows have one form",
                     name(x.dtype()), x.shape(), y ? "with targets " + y->shape().str() : "without targets",
                     name(static_cast<DType>(s.header.x_dtype)),
                     shape_of(s.header.x_rank, s.header.x_extents));
  }
  const Tensor rows = x.contiguous(), targets = y ? y->contiguous() : Tensor();
  std::vector<std::byte> bytes(static_cast<std::size_t>((row.x_bytes + row.y_bytes) * x.shape(0)));
  std::byte* to = bytes.data();
  for (std::int64_t i = 0; i < x.shape(0); ++i) {
    to = std::copy_n(bytes_in(rows) + i * row.x_bytes, row.x_bytes, to);
    if (y) to = std::copy_n(bytes_in(targets) + i * row.y_bytes, row.y_bytes, to);
  }
  s.file.append(bytes);
  s.begun = true;
  s.header = row;
  s.header.rows += x.shape(0);
}

void RowWriter::finish() {
  State& s = *state_;
  if (s.header.rows == 0) throw DataError("RowWriter: there is no row; append() some before finish()");
  if (s.finished) return;
  s.file.set_front(page_of(s.header));
  s.file.commit();
  s.finished = true;
}

struct RowFile::Mapping {
  explicit Mapping(const std::string& path);
  ~Mapping() {
    if (bytes) ::munmap(const_cast<std::byte*>(bytes), size);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  [[nodiscard]] const std::byte* row(std::int64_t i) const {
    return bytes + kHeaderBytes + i * (header.x_bytes + header.y_bytes);
  }
  void expect_unchanged() const;

  std::string path;
  InputFile file;
  std::size_t size = 0;
  const std::byte* bytes = nullptr;
  Header header{};
  Shape x_shape, y_shape;
};

RowFile::Mapping::Mapping(const std::string& p) : path(p), file(open_input("RowFile", p)) {
  size = static_cast<std::size_t>(file.size);
  if (size < static_cast<std::size_t>(kHeaderBytes) ||
      std::fread(&header, sizeof header, 1, file.stream.get()) != 1 || header.magic != kMagic)
    throw FileError("RowFile: {} is not a file of rows; RowWriter makes them", path);
  const bool targets = header.y_dtype != kNoTargets;
  const DType type = static_cast<DType>(header.x_dtype);
  const bool sound =
      header.crc == header.checksum() && header.header_bytes == kHeaderBytes && header.rows > 0 &&
      (type == float32 || type == uint8) &&
      header.x_bytes == bytes_of(header.x_dtype, header.x_rank, header.x_extents) &&
      header.y_bytes == (targets ? bytes_of(header.y_dtype, header.y_rank, header.y_extents) : 0);
  if (!sound) throw FileError("RowFile: the header of {} is damaged; write the file anew", path);
  std::int64_t expected = 0;
  if (__builtin_add_overflow(header.x_bytes, header.y_bytes, &expected) ||
      __builtin_mul_overflow(expected, header.rows, &expected) ||
      __builtin_add_overflow(expected, kHeaderBytes, &expected) ||
      expected != static_cast<std::int64_t>(size)) {
    throw FileError("RowFile: {} has {} bytes, but {} rows of {} and {} bytes do not; write the file anew",
                    path, size, header.rows, header.x_bytes, header.y_bytes);
  }
  x_shape = shape_of(header.x_rank, header.x_extents);
  if (targets) y_shape = shape_of(header.y_rank, header.y_extents);
  void* const at = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, ::fileno(file.stream.get()), 0);
  if (at == MAP_FAILED)
    throw FileError("RowFile: cannot map {}: {}; is there address space left?", path, std::strerror(errno));
  bytes = static_cast<const std::byte*>(at);
}

void RowFile::Mapping::expect_unchanged() const {
  struct stat now {};
  if (::fstat(::fileno(file.stream.get()), &now) == 0 && static_cast<std::size_t>(now.st_size) == size)
    return;
  throw FileError("RowFile: {} has changed its size since it was opened; write to another name and rename",
                  path);
}

RowFile::RowFile(const std::string& path) : mapping_(std::make_shared<const Mapping>(path)) {}
std::int64_t RowFile::rows() const { return mapping_->header.rows; }
const Shape& RowFile::x_shape() const { return mapping_->x_shape; }
DType RowFile::x_dtype() const { return static_cast<DType>(mapping_->header.x_dtype); }
bool RowFile::has_targets() const { return mapping_->header.y_dtype != kNoTargets; }

namespace {

Shape batch_of(std::int64_t n, const Shape& row, bool flatten) {
  if (flatten) return {n, row.size()};
  std::vector<std::int64_t> extents{n};
  extents.insert(extents.end(), row.begin(), row.end());
  return Shape(extents);
}

}  // namespace

Batch RowFile::take(const Tensor& indices, bool flatten) const {
  const Mapping& m = *mapping_;
  if (indices.rank() != 1 || indices.dtype() != int64)
    throw ShapeError(
        "RowFile: rows are picked by int64 indices (n,), got {} {}; tensor({0, 5}, hg::int64) are some",
        name(indices.dtype()), indices.shape());
  const Tensor picked = indices.contiguous();
  const std::int64_t n = picked.size(), features = m.x_shape.size();
  const std::int64_t* const rows = picked.data<std::int64_t>();
  for (std::int64_t i = 0; i < n; ++i) {
    if (rows[i] < 0 || rows[i] >= m.header.rows)
      throw IndexError("RowFile: {} has {} rows, there is no row {}; rows count from 0", m.path,
                       m.header.rows, rows[i]);
  }
  m.expect_unchanged();
  Batch out{Tensor(batch_of(n, m.x_shape, flatten), float32), Tensor()};
  float* const x = out.x.mutable_data<float>();
  std::byte* y = nullptr;
  if (has_targets()) {
    out.y = Tensor(batch_of(n, m.y_shape, false), static_cast<DType>(m.header.y_dtype));
    y = const_cast<std::byte*>(bytes_in(out.y));
  }
  parallel_ranges(n, std::max<std::int64_t>(1, 4 * detail::kGrain / std::max<std::int64_t>(features, 1)),
                  [&](std::int64_t first, std::int64_t last) {
                    for (std::int64_t i = first; i < last; ++i) {
                      const std::byte* const from = m.row(rows[i]);
                      if (m.header.x_bytes == 4 * features) {
                        std::memcpy(x + i * features, from, static_cast<std::size_t>(m.header.x_bytes));
                      } else {
                        detail::map_row(
                            reinterpret_cast<const std::uint8_t*>(from), x + i * features, features,
                            [](std::uint8_t v) { return static_cast<float>(v) * (1.0F / 255.0F); });
                      }
                      if (y)
                        std::memcpy(y + i * m.header.y_bytes, from + m.header.x_bytes,
                                    static_cast<std::size_t>(m.header.y_bytes));
                    }
                  });
  return out;
}

RowBatches::RowBatches(RowFile file, const BatchOptions& options)
    : file_(std::move(file)), options_(options) {
  if (options.batch_size < 1)
    throw DataError("RowBatches: the batch size must be at least 1, got {}; 32 is usual", options.batch_size);
}
RowBatches::RowBatches(const std::string& path, const BatchOptions& options)
    : RowBatches(RowFile(path), options) {}

std::int64_t RowBatches::batch_count() const { return internal::batch_count(size(), options_); }

RowBatches::Epoch RowBatches::epoch(std::int64_t number) const {
  return {*this, internal::order_of(size(), options_, number)};
}

Batch RowBatches::batch(const Tensor& order, std::int64_t index) const {
  const std::int64_t begin = index * options_.batch_size, end = std::min(begin + options_.batch_size, size());
  return file_.take(order.size() > 0
                        ? slice(order, 0, {begin, end})
                        : arange(static_cast<double>(begin), static_cast<double>(end), 1.0, int64),
                    options_.flatten);
}

}  // namespace hourglass::data
