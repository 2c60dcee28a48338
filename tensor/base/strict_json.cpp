#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/internal/strict_json.h>

#include <set>
#include <string>
#include <vector>

namespace hourglass::internal {

namespace {

// What is parsed takes some 20 times the memory of its text, and finding a member the time of looking at all.
constexpr std::size_t kMostBytes = 8U << 20U, kMostMembers = 10'000;
constexpr std::size_t kDeepest = 200;

// Throws for what is refused, while the text is read a first time. (A callback of the parser would do, but
// with one it looks at all elements of a list again after each object in it.)
class Checks final : public nlohmann::json_sax<Json> {
 public:
  explicit Checks(std::string_view source) : source_(source) {}

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    std::set<std::string>& names = open_.back();
    if (!names.insert(name).second)
      throw DataError("{}: the name \"{}\" stands twice in an object; give it once", source_, name);
    if (names.size() > kMostMembers)
      throw DataError("{}: an object has more than {} members; write it shorter", source_, kMostMembers);
    return true;
  }
  bool parse_error(std::size_t /*place*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    throw DataError("{}: this is not JSON ({}); write it anew", source_, error.what());
  }

 private:
  bool open() {
    if (open_.size() == kDeepest)
      throw DataError("{}: it lies more than {} deep; write it flatter", source_, kDeepest);
    open_.emplace_back();
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  std::string_view source_;
  std::vector<std::set<std::string>> open_;  // the names in each object that is being read; none in a list
};

}  // namespace

Json parse_json(std::string_view text, std::string_view source) {
  if (text.size() > kMostBytes)
    throw DataError("{}: {} bytes of JSON are more than the {} that are read; write it shorter", source,
                    text.size(), kMostBytes);
  Checks checks(source);
  Json::sax_parse(text, &checks);
  try {
    return Json::parse(text);
  } catch (const Json::exception& e) {
    throw DataError("{}: this is not JSON ({}); write it anew", source, e.what());
  }
}

}  // namespace hourglass::internal
