#include <hourglass/data/internal/npy_header.h>
#include <hourglass/tensor/base/error.h>

#include <charconv>
#include <set>

namespace hourglass::data::internal {

namespace {

// A literal of Python: a dictionary of three texts, in any order.
class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : left_(text), name_(name) {}

  NpyHeader header() {
    NpyHeader out;
    std::set<std::string> seen;
    expect('{');
    while (!accept('}')) {
      const std::string key = text();
      if (!seen.insert(key).second) refuse("\"" + key + "\" stands twice in it");
      expect(':');
      if (key == "descr") {
        out.descr = text();
      } else if (key == "fortran_order") {
        out.fortran_order = truth();
      } else if (key == "shape") {
        out.shape = extents();
      } else {
        refuse("\"" + key + "\" is none of descr, fortran_order, shape");
      }
      if (!accept(',') && peek() != '}') refuse("something stands where , or } should");
    }
    if (seen.size() != 3) refuse("it does not have descr, fortran_order and shape");
    skip();
    if (!left_.empty()) refuse("something stands behind it");
    return out;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw FileError("read_npy: the header of {} is no array's: {}; save it anew by numpy.save", name_, why);
  }
  void skip() {
    const std::size_t at = left_.find_first_not_of(" \n");
    left_.remove_prefix(at == std::string_view::npos ? left_.size() : at);
  }
  char peek() {
    skip();
    return left_.empty() ? '\0' : left_.front();
  }
  bool accept(char c) {
    if (peek() != c || left_.empty()) return false;
    left_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) refuse(std::string("something stands where ") + c + " should");
  }
  std::string text() {
    const char quote = peek();
    if (quote != '\'' && quote != '"')
      refuse("something stands where a text should; only plain arrays can be read");
    const std::size_t end = left_.find(quote, 1);
    if (end == std::string_view::npos) refuse("a text has no end");
    std::string out(left_.substr(1, end - 1));
    left_.remove_prefix(end + 1);
    return out;
  }
  bool truth() {
    skip();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (!left_.starts_with(word)) continue;
      left_.remove_prefix(word.size());
      return value;
    }
    refuse("fortran_order is neither True nor False");
  }
  std::vector<std::int64_t> extents() {
    std::vector<std::int64_t> out;
    expect('(');
    while (!accept(')')) {
      skip();
      std::int64_t value = -1;
      const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), value);
      if (error != std::errc() || value < 0) refuse("an extent is no number");
      out.push_back(value);
      left_.remove_prefix(static_cast<std::size_t>(end - left_.data()));
      if (!accept(',') && peek() != ')') refuse("something stands where , or ) should");
    }
    return out;
  }

  std::string_view left_;
  const std::string& name_;
};

}  // namespace

NpyHeader parse_npy_header(std::string_view text, const std::string& name) {
  return Parser(text, name).header();
}

}  // namespace hourglass::data::internal
