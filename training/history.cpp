#include <hourglass/tensor/base/atomic_file.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/training/history.h>
#include <hourglass/training/internal/csv.h>
#include <hourglass/training/internal/state_values.h>

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

void EpochRecord::set(std::string_view name, double value) {
  for (auto& figure : extra) {
    if (figure.first != name) continue;
    figure.second = value;
    return;
  }
  extra.emplace_back(name, value);
}

void write_text(const std::string& path, const std::string& text) {
  write_atomically("write_text", path, text);
}

void History::to_csv(const std::string& path) const {
  const std::vector<std::string> names = extra_columns(epochs);
  std::string text = "epoch,loss,val_loss,seconds";
  for (const std::string& name : names) text.append(",").append(detail::quoted_csv(name, ','));
  text += "\n";
  for (const EpochRecord& e : epochs) {
    text += fmt::format("{},{},{},{:.4f}", e.epoch, e.loss, cell(e.val_loss), e.seconds);
    for (const std::string& name : names) text.append(",").append(cell(e.find(name)));
    text += "\n";
  }
  write_text(path, text);
}

// A row for each epoch; a column for loss, val_loss, seconds and each further name.
std::vector<NamedTensor> History::state() const {
  if (epochs.empty()) return {};
  std::vector<std::string> names{"loss", "val_loss", "seconds"};
  for (std::string& name : extra_columns(epochs)) names.push_back(std::move(name));
  std::string text;
  for (const std::string& name : names) text += name + '\0';
  const auto n = static_cast<std::int64_t>(epochs.size()), columns = static_cast<std::int64_t>(names.size());
  Tensor numbers(Shape{n}, int64), values(Shape{n, columns}, float64), present(Shape{n, columns}, uint8);
  std::int64_t* number = numbers.mutable_data<std::int64_t>();
  double* value = values.mutable_data<double>();
  std::uint8_t* there = present.mutable_data<std::uint8_t>();
  for (const EpochRecord& e : epochs) {
    *number++ = e.epoch;
    for (const std::string& name : names) {
      const std::optional<double> figure = e.find(name);
      *value++ = figure.value_or(0.0);
      *there++ = figure ? 1 : 0;
    }
  }
  return {{"epoch", numbers}, detail::text("names", text), {"values", values}, {"present", present}};
}

void History::set_state(std::span<const NamedTensor> state) {
  std::vector<EpochRecord> read;
  if (!state.empty()) {
    const detail::StateReader reader("History", state);
    const Tensor& numbers = reader.tensor("epoch", int64, 1);
    const std::string text = reader.text("names");
    const Tensor &values = reader.tensor("values", float64, 2), &present = reader.tensor("present", uint8, 2);
    std::vector<std::string> names(1);
    for (const char letter : text) {
      letter == '\0' ? names.emplace_back() : names.back() += letter;
    }
    names.pop_back();
    const Shape expected{numbers.size(), static_cast<std::int64_t>(names.size())};
    if (names.size() < 3 || !(values.shape() == expected) || !(present.shape() == expected))
      throw DataError(
          "History: this is not a state of it: {} epochs with {} figures, but {} values; give "
          "what state() gave",
          numbers.size(), static_cast<std::int64_t>(names.size()), values.shape());
    const double* value = values.data<double>();
    const std::uint8_t* there = present.data<std::uint8_t>();
    for (std::int64_t i = 0; i < numbers.size(); ++i, value += names.size(), there += names.size()) {
      EpochRecord& e = read.emplace_back();
      e.epoch = numbers.data<std::int64_t>()[i];
      e.loss = value[0];
      if (there[1] != 0) e.val_loss = value[1];
      e.seconds = value[2];
      for (std::size_t c = 3; c < names.size(); ++c) {
        if (there[c] != 0) e.extra.emplace_back(names[c], value[c]);
      }
    }
  }
  epochs = std::move(read);
}

}  // namespace hourglass::training
