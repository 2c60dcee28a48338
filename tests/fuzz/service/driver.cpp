// Changed requests for the service's readers. Needs no fuzzing engine.
//
//     fuzz_service [COUNT [SEED]]
#include "targets.h"

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using Random = std::mt19937_64;
using Reader = void (*)(std::string_view);
namespace fuzz = hourglass::fuzz;

const std::vector<std::pair<Reader, std::string>>& seeds() {
  static const std::vector<std::pair<Reader, std::string>> all{
      {fuzz::read_json, R"({"data": [[0.5, 1, -2e3], [0, 1.25, 3]]})"},
      {fuzz::read_json, R"({"data": [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]})"},
      {fuzz::read_json, R"({"rows": [{"a": 1, "b": "x"}, {"b": null, "a": 2.5}]})"},
      {fuzz::read_json, R"({"n": 3, "seed": 12})"},
      {fuzz::read_form, "--b\r\nContent-Type: image/png\r\n\r\n123\r\n--b\r\nA: b\r\n\r\n\r\n--b--\r\n"},
      {fuzz::read_form, "multipart/form-data; boundary=\"b\"; x=y"},
      {fuzz::read_connection,
       "GET /healthz HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\nPOST /encode HTTP/1.1\r\n"
       "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"data\": []}GET / "
       "HTTP/1.0\r\n\r\n"},
      {fuzz::read_connection,
       "POST /encode HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\n"
       "abc\r\n1F\r\n0123456789012345678901234567890\r\n0\r\nTrailer: x\r\n\r\nGET / HTTP/1.1\r\n\r\n"},
  };
  return all;
}

std::size_t below(Random& random, std::size_t n) { return n == 0 ? 0 : random() % n; }

void change(std::string& text, Random& random) {
  static const std::vector<std::string> words{"\r\n",
                                              "\r\n\r\n",
                                              "[",
                                              "]",
                                              "{",
                                              "}",
                                              "\"",
                                              ",",
                                              ":",
                                              "null",
                                              "1e999",
                                              "-",
                                              "0",
                                              "--b",
                                              "--",
                                              "NaN",
                                              "\\u0000",
                                              "\xff",
                                              std::string(1, '\0'),
                                              "Content-Length: 5\r\n",
                                              "Transfer-Encoding: chunked\r\n",
                                              "fffffffffffffff",
                                              "\"data\":",
                                              "true",
                                              " "};
  const std::size_t at = below(random, text.size() + 1), length = below(random, 24);
  switch (below(random, 5)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(random, 8)));
      break;
    case 1:
      text.insert(at, words[below(random, words.size())]);
      break;
    case 2:
      text.erase(at, length);
      break;
    case 3:
      text.insert(at, std::string(text, below(random, text.size() + 1), length));
      break;
    default:
      text.insert(at, std::string(below(random, 4) == 0 ? 5000 : length,
                                  text.empty() ? '[' : text[at % text.size()]));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const long count = argc > 1 ? std::atol(argv[1]) : 100'000;
  Random random(argc > 2 ? static_cast<std::uint64_t>(std::atol(argv[2])) : 1);
  for (const auto& [read, text] : seeds()) read(text);
  for (long i = 0; i < count; ++i) {
    auto [read, text] = seeds()[below(random, seeds().size())];
    for (std::size_t changes = 1 + below(random, 4); changes > 0; --changes) change(text, random);
    read(text);
  }
  std::printf("%ld changed requests were read or refused\n", count);
  return 0;
}
