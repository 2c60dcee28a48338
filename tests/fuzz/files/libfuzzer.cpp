// The entry points of libFuzzer, for the reader HOURGLASS_FUZZED of targets.h. Built by run.sh.
#include "targets.h"

#include <cstdint>

extern "C" {
std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hourglass::fuzz::HOURGLASS_FUZZED(std::as_bytes(std::span(data, size)));
  return 0;
}

#ifdef HOURGLASS_FUZZ_REPAIRS
// What libFuzzer changes, and in seven of eight cases with right checksums afterwards.
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 8 == 0) return size;
  const hourglass::fuzz::Bytes bytes = hourglass::fuzz::repaired(std::as_bytes(std::span(data, size)));
  for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::uint8_t>(bytes[i]);
  return size;
}
#endif
}
