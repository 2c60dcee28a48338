#include <hourglass/training/internal/csv.h>

namespace hourglass::training::detail {

std::string quoted_csv(const std::string& cell, char separator) {
  if (cell.find_first_of("\"\r\n") == std::string::npos && cell.find(separator) == std::string::npos)
    return cell;
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::vector<std::string> split_csv(std::string_view line, char separator) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  std::vector<std::string> out(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '"' && line.substr(i + 1, 1) == "\"") {
      out.back() += line[i++];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == separator && !quoted) {
      out.emplace_back();
    } else {
      out.back() += line[i];
    }
  }
  return out;
}

}  // namespace hourglass::training::detail
