// The entry point of libFuzzer, for the reader HOURGLASS_FUZZED of targets.h. Built by run.sh.
#include "targets.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hourglass::fuzz::HOURGLASS_FUZZED({reinterpret_cast<const char*>(data), size});
  return 0;
}
