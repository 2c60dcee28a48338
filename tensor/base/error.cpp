#include <hourglass/tensor/base/error.h>

#include <fmt/format.h>

namespace hourglass {

namespace detail {

Text::Text(double x) : characters(fmt::format("{}", x)) {}

std::string fill_in(std::string_view pattern, std::initializer_list<Text> arguments) {
  std::string out;
  const Text* next = arguments.begin();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.substr(i, 2) == "{}" && next != arguments.end()) {
      out += (next++)->characters;
      ++i;
    } else {
      out += pattern[i];
    }
  }
  return out;
}

}  // namespace detail

void Error::set_trail(std::vector<Frame> trail) {
  trail_ = std::move(trail);
  compose();
}

void Error::compose() {
  text_ = message_;
  for (const Frame& frame : trail_) {
    text_ += "\n  in " + frame.type;
    if (!frame.path.empty()) text_ += " \"" + frame.path + "\"";
    if (!frame.details.empty()) text_ += " (" + frame.details + ")";
  }
}

}  // namespace hourglass
