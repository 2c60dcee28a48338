#include <hourglass/data/internal/npy_header.h>
#include <hourglass/data/npy.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/views.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>

namespace hourglass::data {

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie in memory");

constexpr std::string_view kMagic{"\x93NUMPY", 6};

// Numbers of one type as a tensor of another.
template <class From, class To>
Tensor converted(std::span<const std::byte> bytes, const Shape& shape, DType dtype) {
  Tensor out(shape, dtype);
  To* const to = out.mutable_data<To>();
  for (std::int64_t i = 0; i < out.size(); ++i) {
    From value{};
    std::memcpy(&value, bytes.data() + static_cast<std::size_t>(i) * sizeof(From), sizeof(From));
    to[i] = static_cast<To>(value);  // NOLINT(bugprone-signed-char-misuse): int8 is a number here
  }
  return out;
}

struct Type {
  std::string_view descr;
  std::size_t size;
  Tensor (*read)(std::span<const std::byte>, const Shape&, DType);
  DType dtype;
};
constexpr Type kTypes[] = {
    {"<f4", 4, converted<float, float>, float32},
    {"<f8", 8, converted<double, double>, float64},
    {"<i8", 8, converted<std::int64_t, std::int64_t>, int64},
    {"|u1", 1, converted<std::uint8_t, std::uint8_t>, uint8},
    {"|b1", 1, converted<std::uint8_t, std::uint8_t>, uint8},
    {"|i1", 1, converted<std::int8_t, std::int64_t>, int64},
    {"<i2", 2, converted<std::int16_t, std::int64_t>, int64},
    {"<u2", 2, converted<std::uint16_t, std::int64_t>, int64},
    {"<i4", 4, converted<std::int32_t, std::int64_t>, int64},
    {"<u4", 4, converted<std::uint32_t, std::int64_t>, int64},
};

const Type& type_of(const std::string& descr, const std::string& name) {
  for (const Type& type : kTypes) {
    if (type.descr == descr) return type;
  }
  throw FileError("read_npy: {} holds elements of type {}; convert them in NumPy by x.astype(\"float32\")",
                  name, descr);
}

// The text of the header, and where the elements begin.
std::pair<std::string_view, std::size_t> header_of(std::span<const std::byte> bytes,
                                                   const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  constexpr std::size_t kFixed = 10;
  if (bytes.size() < kFixed || !text.starts_with(kMagic))
    throw FileError("read_npy: {} does not begin as a .npy file does; save it by numpy.save", name);
  const int version = std::to_integer<int>(bytes[6]);
  if (version < 1 || version > 3)
    throw FileError("read_npy: {} has the format {}.x; 1 to 3 can be read; save it by numpy.save", name,
                    version);
  const std::size_t width = version == 1 ? 2 : 4, begin = 8 + width;
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < width && 8 + i < bytes.size(); ++i)
    length |= std::to_integer<std::uint64_t>(bytes[8 + i]) << (8 * i);
  if (bytes.size() < begin || length > bytes.size() - begin)
    throw FileError("read_npy: {} is cut short in its header; copy it again", name);
  return {text.substr(begin, length), begin + length};
}

}  // namespace

Tensor parse_npy(std::span<const std::byte> bytes, const std::string& name) {
  const auto [text, begin] = header_of(bytes, name);
  internal::NpyHeader header = internal::parse_npy_header(text, name);
  const Type& type = type_of(header.descr, name);
  if (std::ssize(header.shape) > kMaxRank)
    throw FileError("read_npy: {} has {} axes; up to {} are supported; merge some", name, header.shape.size(),
                    kMaxRank);
  if (header.fortran_order) std::reverse(header.shape.begin(), header.shape.end());
  const Shape shape(header.shape);
  const std::span<const std::byte> elements = bytes.subspan(begin);
  const double needs = static_cast<double>(shape.size()) * static_cast<double>(type.size);
  if (needs != static_cast<double>(elements.size()))
    throw FileError("read_npy: {} has {} bytes where its shape {} needs {}; copy it again", name,
                    elements.size(), shape, needs);
  Tensor out = type.read(elements, shape, type.dtype);
  if (!header.fortran_order) return out;
  std::vector<int> axes;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) axes.push_back(axis);
  return permute(out, axes).contiguous();
}

Tensor read_npy(const std::string& path) {
  const InputFile file = open_input("read_npy", path);
  std::vector<std::byte> bytes(file.size);
  if (std::fread(bytes.data(), 1, bytes.size(), file.stream.get()) != bytes.size())
    throw FileError("read_npy: {} cannot be read to its end; was it changed meanwhile?", path);
  return parse_npy(bytes, path);
}

std::vector<std::byte> encode_npy(const Tensor& x) {
  const Tensor whole = x.contiguous();
  std::string shape;
  for (const std::int64_t extent : x.shape()) shape.append(std::to_string(extent)).append(",");
  const char* const descr = x.dtype() == float32   ? "<f4"
                            : x.dtype() == float64 ? "<f8"
                            : x.dtype() == int64   ? "<i8"
                                                   : "|u1";
  std::string header = std::string("{'descr': '")
                           .append(descr)
                           .append("', 'fortran_order': False, 'shape': (")
                           .append(shape)
                           .append("), }");
  constexpr std::size_t kFixed = 10, kAligned = 64;
  header.append((kAligned - (kFixed + header.size() + 1) % kAligned) % kAligned, ' ').append("\n");
  std::string begin(kMagic);
  begin
      .append(
          {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)})
      .append(header);
  std::vector<std::byte> out(begin.size());
  std::memcpy(out.data(), begin.data(), begin.size());
  visit(x.dtype(), [&]<class T>() {
    const auto elements = std::as_bytes(std::span(whole.data<T>(), static_cast<std::size_t>(whole.size())));
    out.insert(out.end(), elements.begin(), elements.end());
  });
  return out;
}

void write_npy(const std::string& path, const Tensor& x) {
  write_atomically("write_npy", path, encode_npy(x));
}

}  // namespace hourglass::data
