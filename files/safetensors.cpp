#include <hourglass/files/internal/safetensors_header.h>
#include <hourglass/files/safetensors.h>
#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

namespace hourglass::files {

namespace {

static_assert(std::endian::native == std::endian::little, "the format's numbers are little-endian");

std::size_t bytes_of(const Tensor& x) {
  return static_cast<std::size_t>(x.size()) * static_cast<std::size_t>(item_size(x.dtype()));
}

void read_exactly(const InputFile& file, const std::string& source, void* to, std::size_t bytes) {
  if (bytes > 0 && std::fread(to, 1, bytes, file.stream.get()) != bytes)
    throw FileError("{}: the file could not be read to its end; was it changed meanwhile?", source);
}

// Larger elements first, so that each tensor lies at a multiple of its element's size.
std::vector<const NamedTensor*> in_order(std::span<const NamedTensor> tensors) {
  std::vector<const NamedTensor*> out;
  for (const NamedTensor& t : tensors) out.push_back(&t);
  std::stable_sort(out.begin(), out.end(), [](const NamedTensor* a, const NamedTensor* b) {
    return item_size(a->value.dtype()) > item_size(b->value.dtype());
  });
  return out;
}

void check_names(const std::string& source, std::span<const NamedTensor> tensors) {
  std::set<std::string_view> names{"__metadata__"};
  for (const NamedTensor& t : tensors) {
    if (!names.insert(t.name).second) {
      throw FileError(
          "{}: the name \"{}\" is taken; each tensor needs one of its own that is not __metadata__", source,
          t.name);
    }
  }
}

std::string quoted(const std::string& source, const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    throw FileError("{}: a name or a text of the metadata is not UTF-8; choose another", source);
  }
}

std::string header_text(const std::string& source, const std::vector<const NamedTensor*>& tensors,
                        const std::map<std::string, std::string>& metadata) {
  std::string text = "{";
  if (!metadata.empty()) {
    text += "\"__metadata__\":{";
    for (const auto& [key, value] : metadata) {
      if (text.back() != '{') text += ',';
      text += quoted(source, key) + ":" + quoted(source, value);
    }
    text += '}';
  }
  std::size_t at = 0;
  for (const NamedTensor* const t : tensors) {
    const std::size_t end = at + bytes_of(t->value);
    if (text.size() > 1) text += ',';
    text += quoted(source, t->name) + ":{\"dtype\":\"" + internal::safetensors_type(t->value.dtype()) +
            "\",\"shape\":[";
    for (int axis = 0; axis < t->value.rank(); ++axis)
      text.append(axis == 0 ? "" : ",").append(std::to_string(t->value.shape(axis)));
    text += "],\"data_offsets\":[" + std::to_string(at) + "," + std::to_string(end) + "]}";
    at = end;
  }
  text += '}';
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace

Safetensors read_safetensors(const std::string& path) {
  const std::string source = "read_safetensors: " + path;
  const InputFile file = open_input("read_safetensors", path);
  std::uint64_t length = 0;
  if (file.size < 8)
    throw FileError("{}: a safetensors file has at least 8 bytes, this one {}; save it again", source,
                    file.size);
  read_exactly(file, source, &length, 8);
  if (length > internal::kMostHeader || length > file.size - 8) {
    throw FileError(
        "{}: this is no safetensors file, or one that was cut short: it begins with a header's length of {} "
        "bytes, of which there may be 100,000,000 and no more than in the file, {}; save it again",
        source, length, file.size);
  }
  internal::Header header;
  {
    std::string text(length, '\0');
    read_exactly(file, source, text.data(), text.size());
    header = internal::parse_header(source, text, file.size - 8 - length);
  }
  Safetensors out{.tensors = {}, .metadata = std::move(header.metadata)};
  out.tensors.reserve(header.tensors.size());
  for (internal::HeaderEntry& entry : header.tensors) {
    Tensor value(entry.shape, entry.dtype);
    visit(entry.dtype,
          [&]<class T>() { read_exactly(file, source, value.mutable_data<T>(), bytes_of(value)); });
    out.tensors.push_back({std::move(entry.name), std::move(value)});
  }
  return out;
}

std::string internal::safetensors_image(const std::string& source, std::span<const NamedTensor> tensors,
                                        const std::map<std::string, std::string>& metadata) {
  check_names(source, tensors);
  const std::vector<const NamedTensor*> ordered = in_order(tensors);
  const std::string header = header_text(source, ordered, metadata);
  const std::uint64_t length = header.size();
  std::size_t total = 8 + header.size();
  for (const NamedTensor* const t : ordered) total += bytes_of(t->value);
  std::string file;
  file.reserve(total);
  file.append(reinterpret_cast<const char*>(&length), 8) += header;
  for (const NamedTensor* const t : ordered) {
    const Tensor x = t->value.contiguous();
    visit(x.dtype(),
          [&]<class T>() { file.append(reinterpret_cast<const char*>(x.data<T>()), bytes_of(x)); });
  }
  return file;
}

void write_safetensors(const std::string& path, std::span<const NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata) {
  write_atomically("write_safetensors", path,
                   internal::safetensors_image("write_safetensors: " + path, tensors, metadata));
}

}  // namespace hourglass::files
