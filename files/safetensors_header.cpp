#include <hourglass/files/internal/safetensors_header.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace hourglass::files::internal {

namespace {

// More than any model has, so that a small header does not become a large list.
constexpr std::size_t kMostEntries = 65'536;
// nlohmann's lexer holds a text several times while it reads it.
constexpr std::size_t kLongestText = std::size_t{2} << 20U;
constexpr const char* kMetadata = "__metadata__";

struct TypeName {
  DType dtype;
  const char* name;
};
constexpr auto kTypes =
    std::to_array<TypeName>({{float32, "F32"}, {float64, "F64"}, {int64, "I64"}, {uint8, "U8"}});

// A name from a stranger, for a text.
std::string shown(std::string_view name) {
  std::string out(name.substr(0, 100));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; },
      '?');
  return '"' + out + (name.size() > 100 ? "…\"" : "\"");
}

std::optional<DType> type_named(std::string_view name) {
  for (const TypeName& type : kTypes) {
    if (name == type.name) return type.dtype;
  }
  return {};
}

// Takes the events of a JSON parser and refuses whatever is not part of such a header, before anything is
// made of it.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Header header;
  std::string why;  // it was refused

  bool start_object(std::size_t /*size*/) override {
    if (place_ == Place::outside) return enter(Place::file);
    if (place_ == Place::named) return enter(is_metadata_ ? Place::metadata : Place::tensor);
    return refuse("an object stands where none belongs" + where());
  }
  bool key(string_t& text) override {
    if (place_ == Place::file) return begin_member(text);
    if (place_ == Place::metadata) {
      key_ = std::move(text);
      if (header.metadata.size() == kMostEntries) return refuse("it has more than 65,536 texts of metadata");
      if (header.metadata.count(key_)) return refuse("the metadata hold " + shown(key_) + " twice");
      return true;
    }
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      if (text != kFields[i]) continue;
      if (seen_[i]) return refuse(std::string("it says ") + kFields[i] + " twice" + where());
      seen_[i] = true;
      field_ = i;
      return true;
    }
    return refuse("it says " + shown(text) + where() + ", where dtype, shape and data_offsets belong");
  }
  bool string(string_t& text) override {
    if (place_ == Place::metadata) {
      header.metadata.emplace(std::move(key_), std::move(text));
      return true;
    }
    if (place_ != Place::tensor || field_ != kDType)
      return refuse("a text stands where none belongs" + where());
    const std::optional<DType> dtype = type_named(text);
    if (!dtype) {
      return refuse("the elements are of type " + shown(text) + where() +
                    "; F32, F64, I64 and U8 can be read, so convert them before saving: tensor.float()");
    }
    entry().dtype = *dtype;
    field_ = kFields.size();
    return true;
  }
  bool start_array(std::size_t /*size*/) override {
    if (place_ != Place::tensor || (field_ != kShape && field_ != kOffsets))
      return refuse("a list stands where none belongs" + where());
    count_ = 0;
    return enter(Place::list);
  }
  bool number_unsigned(number_unsigned_t value) override {
    if (place_ != Place::list) return refuse("a number stands where none belongs" + where());
    if (field_ == kOffsets) {
      if (count_ == 2) return refuse("data_offsets are more than two numbers" + where());
      (count_++ == 0 ? entry().begin : entry().end) = value;
      return true;
    }
    if (count_ == kMaxRank) return refuse("the shape has more than 8 axes" + where());
    if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
      return refuse("an extent is beyond 2^63" + where());
    extents_[count_++] = static_cast<std::int64_t>(value);
    return true;
  }
  bool end_array() override {
    place_ = Place::tensor;
    if (field_ == kOffsets && count_ != 2) return refuse("data_offsets are not two numbers" + where());
    if (field_ == kShape && !set_shape()) return refuse("the shape has too many elements" + where());
    field_ = kFields.size();
    return true;
  }
  bool end_object() override {
    if (place_ == Place::file) return enter(Place::outside);
    if (place_ == Place::tensor && !(seen_[kDType] && seen_[kShape] && seen_[kOffsets]))
      return refuse("dtype, shape or data_offsets are missing" + where());
    return enter(Place::file);
  }
  bool number_integer(number_integer_t /*value*/) override {
    return refuse("a number is negative" + where());
  }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    return refuse("a number is not whole, or beyond 2^64" + where());
  }
  bool null() override { return refuse("null stands where nothing belongs" + where()); }
  bool boolean(bool /*value*/) override {
    return refuse("a truth value stands where none belongs" + where());
  }
  bool binary(binary_t& /*value*/) override { return refuse("bytes stand where none belong"); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*e*/) override {
    return refuse("it is not JSON from byte " + std::to_string(position) + " on");
  }

 private:
  enum class Place : std::uint8_t { outside, file, named, tensor, list, metadata };
  static constexpr std::array<const char*, 3> kFields{"dtype", "shape", "data_offsets"};
  static constexpr std::size_t kDType = 0, kShape = 1, kOffsets = 2;

  HeaderEntry& entry() { return header.tensors.back(); }
  bool enter(Place place) {
    place_ = place;
    return true;
  }
  bool refuse(std::string text) {
    if (why.empty()) why = std::move(text);
    return false;
  }
  [[nodiscard]] std::string where() const {
    const bool inside = place_ == Place::tensor || place_ == Place::list;
    return inside ? " in tensor " + shown(header.tensors.back().name) : "";
  }
  bool begin_member(string_t& name) {
    is_metadata_ = name == kMetadata;
    if (is_metadata_ && has_metadata_) return refuse("it holds __metadata__ twice");
    if (is_metadata_) {
      has_metadata_ = true;
    } else {
      if (header.tensors.size() == kMostEntries) return refuse("it names more than 65,536 tensors");
      header.tensors.emplace_back();
      entry().name = std::move(name);
      seen_ = {};
      field_ = kFields.size();
    }
    return enter(Place::named);
  }
  bool set_shape() {
    std::int64_t elements = 1;
    for (std::size_t i = 0; i < count_; ++i) {
      const std::int64_t extent = std::max<std::int64_t>(extents_[i], 1);  // a 0 hides no overflow
      if (__builtin_mul_overflow(elements, extent, &elements)) return false;
    }
    entry().shape = Shape(std::span(extents_.data(), count_));
    return true;
  }

  Place place_ = Place::outside;
  bool is_metadata_ = false, has_metadata_ = false;
  std::string key_;                    // in the metadata
  std::array<bool, 3> seen_{};         // fields of the present tensor
  std::size_t field_ = 3, count_ = 0;  // the one being read, and how many numbers of it
  std::array<std::int64_t, kMaxRank> extents_{};
};

// Whether any text between quotes is longer than kLongestText.
bool has_long_text(std::string_view text) {
  std::size_t begin = std::string_view::npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begin != std::string_view::npos && i - begin > kLongestText) return true;
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      begin = begin == std::string_view::npos ? i : std::string_view::npos;
    }
  }
  return false;
}

// Throws unless the bytes of the tensors, in their order, fill the data.
void check_offsets(const std::string& source, const std::vector<HeaderEntry>& tensors,
                   std::uint64_t data_bytes) {
  std::uint64_t at = 0;
  for (const HeaderEntry& t : tensors) {
    const auto fail = [&](const std::string& what) {
      throw FileError("{}: tensor {} has data_offsets [{}, {}], {}; the file is damaged, so save it again",
                      source, shown(t.name), t.begin, t.end, what);
    };
    if (t.end < t.begin || t.end > data_bytes)
      fail("which are not part of the " + std::to_string(data_bytes) + " bytes of data");
    if (t.begin < at) fail("which overlap those of another");
    if (t.begin > at) fail("which leave a hole before them");
    const auto bytes = t.end - t.begin, item = static_cast<std::uint64_t>(item_size(t.dtype));
    if (bytes % item != 0 || bytes / item != static_cast<std::uint64_t>(t.shape.size()))
      fail("which are not the " + t.shape.str() + " elements of " + safetensors_type(t.dtype));
    at = t.end;
  }
  if (at != data_bytes) {
    throw FileError("{}: {} bytes at the end belong to no tensor; the file is damaged, so save it again",
                    source, data_bytes - at);
  }
}

}  // namespace

const char* safetensors_type(DType dtype) {
  return std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeName& t) { return t.dtype == dtype; })
      ->name;
}

Header parse_header(const std::string& source, std::string_view text, std::uint64_t data_bytes) {
  const auto refuse = [&](const std::string& why) {
    throw FileError("{}: the header of this file is not what a safetensors file has: {}", source,
                    why.find(';') == std::string::npos ? why + "; save it again" : why);
  };
  if (text.empty() || text[0] != '{') refuse("it does not begin with {");
  if (has_long_text(text)) refuse("it holds a text of more than 2 MB");
  Builder builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder) || !builder.why.empty())
    refuse(builder.why);
  std::vector<HeaderEntry>& tensors = builder.header.tensors;
  std::vector<std::string_view> names;
  names.reserve(tensors.size());
  for (const HeaderEntry& t : tensors) names.emplace_back(t.name);
  std::sort(names.begin(), names.end());
  if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
    refuse("it names tensor " + shown(*twice) + " twice");
  std::stable_sort(tensors.begin(), tensors.end(), [](const HeaderEntry& a, const HeaderEntry& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  check_offsets(source, tensors, data_bytes);
  return std::move(builder.header);
}

}  // namespace hourglass::files::internal
