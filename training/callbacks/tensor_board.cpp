#include <hourglass/tensor/base/error.h>
#include <hourglass/training/callbacks/tensor_board.h>
#include <hourglass/training/internal/aside.h>
#include <hourglass/training/internal/events.h>
#include <hourglass/training/internal/state_values.h>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>

namespace hourglass::training {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "events.out.tfevents.";

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// TensorBoard reads the files of a folder in the order of their names, and knows them by "tfevents".
std::string new_name() {
  static std::atomic<int> made{0};
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host.front() = '-';
  return fmt::format("{}{:010}.{}.{}.{}", kPrefix, static_cast<std::int64_t>(wall_time()), host.data(),
                     ::getpid(), made++);
}

bool due(std::int64_t every, std::int64_t count) { return every > 0 && count % every == 0; }

// "encoder.0.kernel" as TensorBoard groups it.
std::string histogram_tag(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  return name + "/histogram";
}

void expect_not_negative(const char* option, std::int64_t value) {
  if (value < 0) throw DataError("TensorBoard: {} must not be negative, got {}; 0 for none", option, value);
}

}  // namespace

TensorBoard::TensorBoard(std::string log_dir, TensorBoardOptions options)
    : log_dir_(std::move(log_dir)),
      options_(std::move(options)),
      train_(file("train", "")),
      validation_(file("validation", "")) {
  expect_not_negative("histogram_freq", options_.histogram_freq);
  expect_not_negative("update_freq", options_.update_freq);
  expect_not_negative("images_freq", options_.images_freq);
}

LogFile TensorBoard::file(const std::string& run, const std::string& name) const {
  return {"TensorBoard", (fs::path(log_dir_) / run / name).string(), detail::whole_event_records};
}

void TensorBoard::on_train_begin(TrainingState& state) {
  name_ = new_name();
  train_ = file("train", name_);
  validation_ = file("validation", name_);
  first_epoch_ = state.epoch;
  batches_ = state.optimizer.iterations();
}

void TensorBoard::write(LogFile& file, std::int64_t step, const std::vector<std::string>& values) const {
  std::error_code error;  // what is wrong shows when the file is opened
  fs::create_directories(fs::path(file.path()).parent_path(), error);
  const double now = wall_time();
  std::string records;
  if (file.settle() == 0) {
    records = detail::event_record(detail::version_event(now));
    const bool voids = first_epoch_ > 0 && options_.update_freq == 0;  // batches count differently
    if (voids) records += detail::event_record(detail::restart_event(now, first_epoch_ + 1));
  }
  file.append(records + detail::event_record(detail::summary_event(now, step, values)));
}

void TensorBoard::on_batch_end(TrainingState& /*state*/, std::int64_t /*batch*/, double loss) {
  if (due(options_.update_freq, ++batches_))
    write(train_, batches_, {detail::scalar_value("batch_loss", loss)});
}

void TensorBoard::on_epoch_end(TrainingState& state) {
  const EpochRecord& record = state.history.epochs.back();
  const double rate = record.find("learning_rate").value_or(state.optimizer.learning_rate());
  std::vector<std::string> train{detail::scalar_value("epoch_loss", record.loss),
                                 detail::scalar_value("epoch_learning_rate", rate)};
  std::vector<std::string> validation;
  if (record.val_loss) validation.push_back(detail::scalar_value("epoch_loss", *record.val_loss));
  for (const auto& [name, value] : record.extra) {
    if (name == "learning_rate") continue;
    const bool validated = name.starts_with("val_");
    const std::string tag = "epoch_" + (validated ? name.substr(4) : name);
    (validated ? validation : train).push_back(detail::scalar_value(tag, value));
  }
  if (due(options_.histogram_freq, state.epoch)) {
    for (const NamedParameter& p : nn::parameters(state.model))
      train.push_back(detail::histogram_value(histogram_tag(p.name), p.variable.value()));
  }
  if (options_.images && due(options_.images_freq, state.epoch)) {
    const detail::Aside aside(state.model);
    for (const NamedImage& i : options_.images(state.epoch))
      train.push_back(detail::image_value(i.name, i.image));
  }
  write(train_, state.epoch, train);
  if (!validation.empty()) write(validation_, state.epoch, validation);
}

void TensorBoard::on_train_end(TrainingState& /*state*/) {
  for (LogFile* const file : {&train_, &validation_}) {
    if (fs::exists(file->path())) (void)file->settle();
  }
}

std::vector<NamedTensor> TensorBoard::state() const {
  if (name_.empty()) return {};
  train_.sync();
  validation_.sync();
  return {detail::text("file", name_),
          detail::integers("counts", {train_.length(), validation_.length(), first_epoch_, batches_})};
}

void TensorBoard::set_state(std::span<const NamedTensor> state) {
  if (state.empty()) return;
  const detail::StateReader read("TensorBoard", state);
  const std::string name = read.text("file");
  const auto counts = read.integers("counts", 4);
  if (!name.starts_with(kPrefix) || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos)
    throw DataError("TensorBoard: this is not a state of it: a file \"{}\"; give what state() gave", name);
  name_ = name;
  train_ = file("train", name_);
  validation_ = file("validation", name_);
  train_.go_on_at(counts[0]);
  validation_.go_on_at(counts[1]);
  first_epoch_ = counts[2];
  batches_ = counts[3];
}

}  // namespace hourglass::training
