#include "targets.h"

#include "memory_file.h"

#include <hourglass/files/internal/safetensors_header.h>
#include <hourglass/files/safetensors.h>
#include <hourglass/files/sha256.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/layers/dense.h>
#include <hourglass/nn/layers/lstm.h>
#include <hourglass/nn/layers/normalization.h>
#include <hourglass/nn/sequential.h>
#include <hourglass/tensor/base/error.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace hourglass::fuzz {

namespace {

std::string listing(const files::Safetensors& file) {
  std::string out;
  for (const auto& [key, value] : file.metadata) out += key + " = " + value + "\n";
  std::vector<std::string> lines;
  for (const NamedTensor& t : file.tensors) lines.push_back(t.name + " " + files::sha256(t.value) + "\n");
  std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) out += line;
  return out;
}

// A model that some of the seeds fit: it is given the values of a file or left as it is.
void load(const std::string& path) {
  nn::Sequential model{nn::Dense(2, 3), nn::BatchNormalization(3), nn::LSTM(3, 1)};
  const std::string before = files::weights_sha256(model);
  try {
    files::load_safetensors(path, model);
  } catch (const FileError&) {
    if (files::weights_sha256(model) == before) return;
    std::fputs("a file that was refused has changed the model\n", stderr);
    std::abort();
  }
}

void read_one(std::span<const std::byte> bytes) {
  const MemoryFile file(bytes);
  files::Safetensors read;
  try {
    read = files::read_safetensors(file.path());
  } catch (const FileError&) {
    return;
  }
  load(file.path());
  const std::string image = files::internal::safetensors_image("fuzz", read.tensors, read.metadata);
  const MemoryFile again(std::as_bytes(std::span(image)));
  if (listing(files::read_safetensors(again.path())) == listing(read)) return;
  std::fputs("a file that was read is another one when it is written\n", stderr);
  std::abort();
}

}  // namespace

void read_safetensors(std::span<const std::byte> bytes) {
  read_one(bytes);
  const auto last = std::find(bytes.rbegin(), bytes.rend(), std::byte{'}'});
  const std::size_t end = bytes.size() - static_cast<std::size_t>(last - bytes.rbegin());
  if (end < 9) return;
  Bytes fitting(bytes.begin(), bytes.end());
  const std::uint64_t length = end - 8;  // up to the last brace
  std::memcpy(fitting.data(), &length, 8);
  read_one(fitting);
}

}  // namespace hourglass::fuzz
