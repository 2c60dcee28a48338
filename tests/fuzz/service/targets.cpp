#include "targets.h"

#include <hourglass/app/service/error.h>
#include <hourglass/app/service/http/framing.h>
#include <hourglass/app/service/multipart.h>
#include <hourglass/app/service/request.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace hourglass::fuzz {

namespace {

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

// Statuses, heads and bodies of all requests, and what is refused; `piece` bytes come at once.
std::string read_in_pieces(std::string_view bytes, std::size_t piece) {
  using service::http::Framing;
  const service::http::FramingLimits limits{.head = 512, .body = 2048};
  Framing framing(limits);
  std::string out, held;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    held.append(bytes.substr(at, piece));
    for (;;) {
      const Framing::State state = framing.take(held);
      expect(framing.body().size() <= limits.body, "a body is larger than its limit");
      if (state == Framing::State::refused) return out + "refused " + std::to_string(framing.status());
      if (state != Framing::State::whole) break;
      out.append(framing.head()).append(framing.body()).append("\n");
      framing = Framing(limits);
    }
    expect(held.size() <= limits.head + piece + 512, "bytes are held that mean nothing");
  }
  return out;
}

}  // namespace

void read_json(std::string_view bytes) {
  try {
    const service::Body body = service::parse_body(bytes, {"n", "seed"});
    std::size_t numbers = body.shape.empty() ? 0 : 1;
    for (const std::int64_t extent : body.shape) numbers *= static_cast<std::size_t>(extent);
    expect(numbers == body.numbers.size(), "the shape is not that of the numbers");
    for (const double v : body.numbers) expect(std::isfinite(v), "a number is not finite");
    expect(body.rows.size() <= bytes.size() && body.shape.size() <= 8, "more is read than was sent");
  } catch (const service::Refusal& r) {
    expect(r.status == 400, "a body is refused as something else");
  }
}

void read_form(std::string_view bytes) {
  try {
    for (const std::string_view part : service::parts_of_form(bytes, "multipart/form-data; boundary=b"))
      expect(part.data() >= bytes.data() && part.data() + part.size() <= bytes.data() + bytes.size(),
             "a part is not in the body");
  } catch (const service::Refusal& r) {
    expect(r.status == 400, "a form is refused as something else");
  }
  try {
    static_cast<void>(service::parts_of_form("--b--", bytes));
  } catch (const service::Refusal&) {  // any text may stand in a header
  }
}

void read_connection(std::string_view bytes) {
  const std::string whole = read_in_pieces(bytes, bytes.size() + 1);
  // In pieces a head that is too long may be seen before its end is: refused it is in both.
  const std::string pieces = read_in_pieces(bytes, 1);
  const auto is_refused = [](const std::string& s) { return s.find("refused") != std::string::npos; };
  expect(whole == pieces || (is_refused(whole) && is_refused(pieces)), "pieces are read to something else");
}

}  // namespace hourglass::fuzz
