#include <hourglass/app/service/error.h>
#include <hourglass/app/service/request.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace hourglass::service {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepest = 8, kMostNames = 10'000;

[[noreturn]] void refuse(const std::string& text) { throw Refusal(400, text); }

// Extents of nested lists, found while they are read: each list of a level is as long as the first.
class Nest {
 public:
  void open() {
    if (++depth_ > kDeepest) refuse("\"data\" lies more than 8 lists deep; send rows of numbers");
    if (depth_ > counts_.size()) {
      if (leaf_depth_ > 0) refuse("\"data\" has lists beside numbers; send rows of equal shape");
      counts_.push_back(0), extents_.push_back(-1);
    }
    counts_[depth_ - 1] = 0;
  }
  void close() {
    std::int64_t& extent = extents_[depth_ - 1];
    const std::int64_t count = counts_[depth_ - 1];
    if (extent >= 0 && extent != count)
      refuse(
          fmt::format("\"data\" is ragged: a list of {} numbers or lists beside one of {}; make them equal",
                      count, extent));
    if (depth_ < counts_.size() && count == 0 && extent < 0)
      refuse("\"data\" has an empty list beside others; send rows of equal shape");
    extent = count;
    if (--depth_ > 0) ++counts_[depth_ - 1];
  }
  void leaf() {
    if (leaf_depth_ == 0) leaf_depth_ = depth_;
    if (leaf_depth_ != depth_ || depth_ != counts_.size())
      refuse("\"data\" has numbers beside lists; send rows of equal shape");
    ++counts_[depth_ - 1];
  }
  [[nodiscard]] std::size_t depth() const { return depth_; }
  [[nodiscard]] const std::vector<std::int64_t>& extents() const { return extents_; }
  /// "[2][17]": the place of the next number.
  [[nodiscard]] std::string place() const {
    std::string out;
    for (std::size_t i = 0; i < depth_; ++i) out.append(fmt::format("[{}]", counts_[i]));
    return out;
  }

 private:
  std::size_t depth_ = 0, leaf_depth_ = 0;
  std::vector<std::int64_t> counts_, extents_;
};

// What the parser calls; the names of its functions are nlohmann's.
class Reader {
 public:
  Reader(Body& out, const std::vector<std::string>& fields) : out_(out), fields_(fields) {}

  bool null() {
    if (at_ == At::row) return cell(Cell());
    return wrong("null");
  }
  bool boolean(bool value) { return wrong(value ? "true" : "false"); }
  bool number_integer(Json::number_integer_t value) { return number(static_cast<double>(value)); }
  bool number_unsigned(Json::number_unsigned_t value) { return number(static_cast<double>(value)); }
  bool number_float(Json::number_float_t value, const std::string& /*text*/) { return number(value); }
  bool string(std::string& value) {
    if (at_ == At::row) return cell(Cell(std::move(value)));
    return wrong("text");
  }
  bool binary(Json::binary_t& /*value*/) { return wrong("binary data"); }
  bool start_object(std::size_t /*size*/) {
    if (at_ == At::start) {
      at_ = At::top;
      return true;
    }
    if (at_ != At::rows) return wrong("an object");
    at_ = At::row;
    out_.rows.emplace_back(), names_.clear();
    return true;
  }
  bool key(std::string& name) {
    if (at_ == At::row) {
      if (!names_.insert(name).second)
        throw Refusal(400, fmt::format("{} has the column \"{}\" twice; give it once", row_place(), name),
                      name);
      if (names_.size() > kMostNames) refuse("a row has more than 10000 columns; send the model's");
      key_ = std::move(name);
      return true;
    }
    key_ = std::move(name);
    const bool rows = key_ == "rows", data = key_ == "data";
    if (!rows && !data && std::find(fields_.begin(), fields_.end(), key_) == fields_.end())
      refuse(fmt::format("there is no field \"{}\" here; {}", key_.substr(0, 60), allowed()));
    if (!top_.insert(key_).second) refuse(fmt::format("the field \"{}\" stands twice; give it once", key_));
    at_ = rows ? At::before_rows : data ? At::data : At::field;
    return true;
  }
  bool end_object() {
    at_ = at_ == At::row ? At::rows : At::end;
    return true;
  }
  bool start_array(std::size_t /*size*/) {
    if (at_ == At::data) {
      nest_.open();
      return true;
    }
    if (at_ != At::before_rows) return wrong("a list");
    at_ = At::rows, out_.has_rows = true;
    return true;
  }
  bool end_array() {
    if (at_ == At::data) {
      nest_.close();
      if (nest_.depth() > 0) return true;
      out_.shape = nest_.extents();
    }
    at_ = At::top;
    return true;
  }
  bool parse_error(std::size_t place, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) {
    const std::string what = error.what();  // "[json.exception.parse_error.101] parse error at line 1, …"
    const std::size_t begin = what.find("] ");
    refuse(fmt::format("the body is not JSON, at byte {}: {}; send {{\"data\": [[…], …]}}", place,
                       begin == std::string::npos ? what : what.substr(begin + 2)));
  }
  void expect_end() const {
    if (at_ != At::end) refuse("the body must be a JSON object; send {\"data\": [[…], …]}");
  }

 private:
  enum class At : std::uint8_t { start, top, before_rows, rows, row, data, field, end };

  bool number(double value) {
    switch (at_) {
      case At::row:
        return cell(Cell(value));
      case At::field:
        out_.fields[key_] = value, at_ = At::top;
        return true;
      case At::data:
        if (nest_.depth() == 0) return wrong("a number");
        if (!(std::abs(value) <= std::numeric_limits<float>::max()))
          refuse(fmt::format("\"data\"{} is {}, beyond float32; send finite numbers", nest_.place(), value));
        nest_.leaf();
        out_.numbers.push_back(value);
        return true;
      default:
        return wrong("a number");
    }
  }
  bool cell(Cell value) {
    out_.rows.back().emplace_back(std::move(key_), std::move(value));
    return true;
  }
  [[noreturn]] bool wrong(const std::string& what) {
    switch (at_) {
      case At::row:
        throw Refusal(400,
                      fmt::format("{}, column \"{}\" is {}; a number, a text or null is expected",
                                  row_place(), key_, what),
                      key_, "a number, a text or null");
      case At::rows:
        refuse(fmt::format("\"rows\"[{}] is {}; an object {{\"column\": value, …}} is expected",
                           out_.rows.size(), what));
      case At::before_rows:
        refuse(fmt::format("\"rows\" is {}; a list of objects is expected", what));
      case At::data:
        refuse(fmt::format("\"data\"{} is {}; {} expected", nest_.place(), what,
                           nest_.depth() == 0 ? "a list of rows is" : "numbers are"));
      case At::field:
        refuse(fmt::format("\"{}\" is {}; a number is expected", key_, what));
      default:
        refuse(fmt::format("the body is {}; an object such as {{\"data\": [[…], …]}} is expected", what));
    }
  }
  [[nodiscard]] std::string row_place() const { return fmt::format("\"rows\"[{}]", out_.rows.size() - 1); }
  [[nodiscard]] std::string allowed() const {
    std::string out = "\"data\" or \"rows\"";
    for (const std::string& f : fields_) out.append(", \"").append(f).append("\"");
    return out + " may be given";
  }

  Body& out_;
  const std::vector<std::string>& fields_;
  At at_ = At::start;
  Nest nest_;
  std::string key_;
  std::set<std::string, std::less<>> names_, top_;
};

}  // namespace

Body parse_body(std::string_view text, const std::vector<std::string>& fields) {
  Body out;
  Reader reader(out, fields);
  Json::sax_parse(text.begin(), text.end(), &reader);
  reader.expect_end();
  if (!out.shape.empty() && out.has_rows) refuse("both \"data\" and \"rows\" are given; send one of them");
  return out;
}

}  // namespace hourglass::service
