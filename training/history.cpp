#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/training/history.h>

#include <fmt/format.h>

#include <algorithm>

namespace hourglass::training {

namespace {

// Names of further columns, in the order in which they first appear.
std::vector<std::string> extra_columns(const std::vector<EpochRecord>& epochs) {
  std::vector<std::string> names;
  for (const EpochRecord& e : epochs) {
    for (const auto& column : e.extra) {
      if (std::find(names.begin(), names.end(), column.first) == names.end()) names.push_back(column.first);
    }
  }
  return names;
}

std::string cell(std::optional<double> value) { return value ? fmt::format("{}", *value) : ""; }

// As RFC 4180 asks: quoted if it holds a separator or a quote.
std::string quoted(const std::string& name) {
  if (name.find_first_of(",\"\r\n") == std::string::npos) return name;
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

std::optional<double> EpochRecord::find(std::string_view name) const {
  if (name == "loss") return loss;
  if (name == "val_loss") return val_loss;
  if (name == "seconds") return seconds;
  for (const auto& figure : extra) {
    if (figure.first == name) return figure.second;
  }
  return std::nullopt;
}

void write_text(const std::string& path, const std::string& text) {
  write_atomically("write_text", path, text);
}

void History::to_csv(const std::string& path) const {
  const std::vector<std::string> names = extra_columns(epochs);
  std::string text = "epoch,loss,val_loss,seconds";
  for (const std::string& name : names) text.append(",").append(quoted(name));
  text += "\n";
  for (const EpochRecord& e : epochs) {
    text += fmt::format("{},{},{},{:.4f}", e.epoch, e.loss, cell(e.val_loss), e.seconds);
    for (const std::string& name : names) text.append(",").append(cell(e.find(name)));
    text += "\n";
  }
  write_text(path, text);
}

}  // namespace hourglass::training
