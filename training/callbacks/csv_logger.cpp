#include <hourglass/tensor/base/error.h>
#include <hourglass/training/callbacks/csv_logger.h>
#include <hourglass/training/internal/csv.h>
#include <hourglass/training/internal/state_values.h>

#include <fmt/format.h>

#include <fstream>

namespace hourglass::training {

namespace {

std::size_t whole_lines(std::string_view contents) {
  const std::size_t end = contents.rfind('\n');
  return end == std::string_view::npos ? 0 : end + 1;
}

std::vector<std::string> names_of(const EpochRecord& record) {
  std::vector<std::string> out{"epoch", "loss"};
  if (record.val_loss) out.emplace_back("val_loss");
  for (const auto& figure : record.extra) out.push_back(figure.first);
  return out;
}

}  // namespace

CSVLogger::CSVLogger(std::string path, CSVLoggerOptions options)
    : options_(options), file_("CSVLogger", std::move(path), whole_lines) {
  if (std::string_view("0123456789+-.einfa\"\r\n").find(options_.separator) != std::string_view::npos)
    throw DataError("CSVLogger: the separator '{}' is part of what it separates; a comma is usual",
                    std::string(1, options_.separator));
}

void CSVLogger::on_train_begin(TrainingState& /*state*/) {
  options_.append ? file_.go_on_at_end() : file_.go_on_at(0);
}

std::vector<std::string> CSVLogger::columns() const {
  std::ifstream in(file_.path(), std::ios::binary);
  std::string line;
  std::getline(in, line);
  return detail::split_csv(line, options_.separator);
}

std::string CSVLogger::row(const std::vector<std::string>& cells) const {
  std::string out;
  for (const std::string& cell : cells) {
    if (!out.empty()) out += options_.separator;
    out += detail::quoted_csv(cell, options_.separator);
  }
  return out + "\n";
}

void CSVLogger::on_epoch_end(TrainingState& state) {
  const EpochRecord& record = state.history.epochs.back();
  std::string text;
  std::vector<std::string> names;
  if (file_.settle() == 0) {
    names = names_of(record);
    text = row(names);
  } else {
    names = columns();
    if (names.front() != "epoch") {
      throw FileError(
          "CSVLogger: {} begins with a column \"{}\", expected \"epoch\", which the separator '{}' follows; "
          "name "
          "another file, or leave append out to replace it",
          file_.path(), names.front(), std::string(1, options_.separator));
    }
  }
  std::vector<std::string> cells{fmt::format("{}", record.epoch)};
  for (std::size_t i = 1; i < names.size(); ++i) {
    const std::optional<double> figure = record.find(names[i]);
    cells.push_back(figure ? fmt::format("{}", *figure) : "");
  }
  file_.append(text + row(cells));
}

void CSVLogger::on_train_end(TrainingState& /*state*/) { (void)file_.settle(); }

std::vector<NamedTensor> CSVLogger::state() const {
  file_.sync();
  return {detail::integers("length", {file_.length()})};
}

void CSVLogger::set_state(std::span<const NamedTensor> state) {
  file_.go_on_at(detail::StateReader(name(), state).integer("length"));
}

}  // namespace hourglass::training
