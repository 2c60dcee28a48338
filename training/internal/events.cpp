#include <hourglass/data/png.h>
#include <hourglass/training/internal/crc32c.h>
#include <hourglass/training/internal/events.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace hourglass::training::detail {

namespace {

constexpr int kBins = 30;
constexpr std::size_t kHead = 12, kTail = 4;  // bytes of a record before and after its data

template <class Unsigned>
std::string little_endian(Unsigned value) {
  std::string out;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
  return out;
}

template <class Unsigned>
Unsigned from_little_endian(std::string_view bytes) {
  Unsigned out = 0;
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
    out |= Unsigned{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return out;
}

// A message of protobuf: each field is its number and wire type, then its value.
class Message {
 public:
  Message& integer(unsigned field, std::int64_t value) {
    key(field, 0);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& real(unsigned field, double value) {
    key(field, 1);
    bytes_ += little_endian(std::bit_cast<std::uint64_t>(value));
    return *this;
  }
  Message& real32(unsigned field, float value) {
    key(field, 5);
    bytes_ += little_endian(std::bit_cast<std::uint32_t>(value));
    return *this;
  }
  Message& bytes(unsigned field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& reals(unsigned field, const std::vector<double>& values) {  // packed
    std::string packed;
    for (const double v : values) packed += little_endian(std::bit_cast<std::uint64_t>(v));
    return bytes(field, packed);
  }
  [[nodiscard]] std::string str() const { return bytes_; }

 private:
  void key(unsigned field, unsigned wire_type) { varint(field << 3 | wire_type); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

struct Histogram {
  double min = std::numeric_limits<double>::infinity(), max = -min;
  double count = 0.0, sum = 0.0, sum_squares = 0.0;
  std::vector<double> limits, counts;  // the upper end of each bin, and how many there are
};

Histogram histogram_of(const Tensor& values) {
  const Tensor x = values.to(float64).contiguous();
  std::vector<double> finite;
  std::copy_if(x.data<double>(), x.data<double>() + x.size(), std::back_inserter(finite),
               [](double v) { return std::isfinite(v); });
  Histogram h;
  for (const double v : finite) {
    h.min = std::min(h.min, v), h.max = std::max(h.max, v);
    h.sum += v, h.sum_squares += v * v;
  }
  h.count = static_cast<double>(finite.size());
  if (finite.empty()) h.min = h.max = 0.0;
  const int bins = h.min < h.max ? kBins : 1;
  const double half = 0.5 * h.max - 0.5 * h.min;  // of the range, which may be larger than any number
  for (int i = 1; i < bins; ++i) h.limits.push_back(h.min + half * i / bins + half * i / bins);
  h.limits.push_back(h.max);
  h.counts.resize(h.limits.size());
  for (const double v : finite) {
    const double part = bins == 1 ? 0.0 : (0.5 * v - 0.5 * h.min) / half;
    h.counts[static_cast<std::size_t>(std::min(static_cast<int>(part * bins), bins - 1))] += 1.0;
  }
  return h;
}

}  // namespace

std::string event_record(std::string_view data) {
  const std::string length = little_endian(static_cast<std::uint64_t>(data.size()));
  std::string out = length + little_endian(masked_crc32c(length));
  out += data;
  return out + little_endian(masked_crc32c(data));
}

std::size_t whole_event_records(std::string_view contents) {
  std::size_t whole = 0;
  for (;;) {
    const std::string_view rest = contents.substr(whole);
    if (rest.size() < kHead + kTail) return whole;
    const auto length = from_little_endian<std::uint64_t>(rest);
    if (length > rest.size() - kHead - kTail) return whole;
    const std::string_view data = rest.substr(kHead, length);
    if (from_little_endian<std::uint32_t>(rest.substr(8)) != masked_crc32c(rest.substr(0, 8)) ||
        from_little_endian<std::uint32_t>(rest.substr(kHead + length)) != masked_crc32c(data))
      return whole;
    whole += kHead + length + kTail;
  }
}

std::string version_event(double wall_time) {
  return Message().real(1, wall_time).bytes(3, "brain.Event:2").str();
}

std::string restart_event(double wall_time, std::int64_t step) {
  const Message session = Message().integer(1, 1);  // SessionLog { status: START }
  return Message().real(1, wall_time).integer(2, step).bytes(7, session.str()).str();
}

std::string summary_event(double wall_time, std::int64_t step, const std::vector<std::string>& values) {
  Message summary;
  for (const std::string& value : values) summary.bytes(1, value);
  return Message().real(1, wall_time).integer(2, step).bytes(5, summary.str()).str();
}

std::string scalar_value(std::string_view tag, double value) {
  return Message().bytes(1, tag).real32(2, static_cast<float>(value)).str();
}

std::string histogram_value(std::string_view tag, const Tensor& values) {
  const Histogram h = histogram_of(values);
  Message histogram;
  histogram.real(1, h.min).real(2, h.max).real(3, h.count).real(4, h.sum).real(5, h.sum_squares);
  histogram.reals(6, h.limits).reals(7, h.counts);
  return Message().bytes(1, tag).bytes(5, histogram.str()).str();
}

std::string image_value(std::string_view tag, const Tensor& image) {
  const std::vector<std::byte> png = data::encode_png(image);
  const bool colour = image.rank() == 3 && image.shape(2) == 3;
  Message summary;
  summary.integer(1, image.shape(0)).integer(2, image.shape(1)).integer(3, colour ? 3 : 1);
  summary.bytes(4, {reinterpret_cast<const char*>(png.data()), png.size()});
  return Message().bytes(1, tag).bytes(4, summary.str()).str();
}

}  // namespace hourglass::training::detail
