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

}  // namespace

Json parse_json(std::string_view text, std::string_view source) {
  if (text.size() > kMostBytes)
    throw DataError("{}: {} bytes of JSON are more than the {} that are read; write it shorter", source,
                    text.size(), kMostBytes);
  std::vector<std::set<std::string>> open;  // the names in each object that is being read
  const auto look = [&](int depth, Json::parse_event_t event, Json& value) {
    if (static_cast<std::size_t>(depth) > kDeepest)
      throw DataError("{}: it lies more than {} deep; write it flatter", source, kDeepest);
    if (event == Json::parse_event_t::object_start) {
      open.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      open.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& name = value.get_ref<const std::string&>();
      if (!open.back().insert(name).second)
        throw DataError("{}: the name \"{}\" stands twice in an object; give it once", source, name);
      if (open.back().size() > kMostMembers)
        throw DataError("{}: an object has more than {} members; write it shorter", source, kMostMembers);
    }
    return true;
  };
  try {
    return Json::parse(text, look);
  } catch (const Json::exception& e) {
    throw DataError("{}: this is not JSON ({}); write it anew", source, e.what());
  }
}

}  // namespace hourglass::internal
