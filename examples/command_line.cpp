#include "command_line.h"

#include <hourglass/data/tables/csv.h>
#include <hourglass/files/state.h>
#include <hourglass/nn/summary.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/random.h>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <iostream>

namespace program {

namespace hg = hourglass;

namespace {

// Whole numbers, taken at their word: CLI11 would let 1e99 and -1 wrap around.
template <class T>
CLI::Validator whole(T low, T high = std::numeric_limits<T>::max()) {
  const std::string range =
      high == std::numeric_limits<T>::max() ? fmt::format(">= {}", low) : fmt::format("{} to {}", low, high);
  return {[=](std::string& text) {
            T value{};
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
            const bool good =
                error == std::errc() && end == text.data() + text.size() && value >= low && value <= high;
            return good ? std::string() : "must be a whole number " + range + ", got \"" + text + "\"";
          },
          range};
}

// Finite numbers above 0, or not below.
CLI::Validator number(bool zero_too) {
  const std::string range = zero_too ? ">= 0" : "> 0";
  return {[=](std::string& text) {
            double value = 0.0;
            const bool good = CLI::detail::lexical_cast(text, value) && std::isfinite(value) &&
                              (value > 0.0 || (zero_too && value == 0.0));
            return good ? std::string() : "must be a number " + range + ", got \"" + text + "\"";
          },
          range};
}

CLI::Validator something() {
  return {[](std::string& text) { return text.empty() ? std::string("must not be empty") : std::string(); },
          ""};
}

void add_common(CLI::App& app, Flags& flags) {
  app.add_option(
         "--data", flags.data,
         "mnist, strokes, or a folder with files like MNIST's (default: mnist where found, else strokes)")
      ->check(something());
  app.add_option("--epochs", flags.epochs, "how often to go through the training images")
      ->check(whole<std::int64_t>(0))
      ->capture_default_str();
  app.add_option("--batch", flags.batch, "images a step")
      ->check(whole<std::int64_t>(1))
      ->capture_default_str();
  app.add_option("--learning-rate", flags.learning_rate, "of Adam")
      ->check(number(false))
      ->capture_default_str();
  app.add_option("--seed", flags.seed, "of weights, shuffling and noise")
      ->check(whole<std::uint64_t>(0))
      ->capture_default_str();
  app.add_option("--threads", flags.threads, "threads that compute (default: all processors)")
      ->check(whole<int>(1, 1024));
  app.add_option("--limit", flags.limit, "use only the first N training and the first N test images")
      ->check(whole<std::int64_t>(1));
  app.add_option("--out", flags.out, "folder for pictures, model and figures")
      ->check(something())
      ->capture_default_str();
  app.add_option("--load", flags.load, "evaluate this model file instead of training")
      ->check(CLI::ExistingFile);
  app.add_flag("--resume", flags.resume, "go on with a run that was broken off, from the model file in --out")
      ->excludes("--load");
}

void add_extra(CLI::App& app, const Extra& extra) {
  std::visit(
      [&](auto* value) {
        CLI::Option* const option = app.add_option(extra.name, *value, extra.help)->capture_default_str();
        using Value = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, double>) {
          option->check(number(true));
        } else if constexpr (!std::is_same_v<Value, std::string>) {
          option->check(whole<std::int64_t>(extra.least));
        }
        if constexpr (std::is_same_v<Value, std::vector<std::int64_t>>) option->delimiter(',');
        if (!extra.choices.empty()) option->check(CLI::IsMember(extra.choices));
      },
      extra.value);
}

// A file that is to be written anew: there must be none, or one that may be replaced.
void expect_replaceable(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return;
  if (S_ISREG(file.st_mode) && (file.st_mode & 0222) != 0 && access(path.c_str(), W_OK) == 0) return;
  throw hg::FileError("--out: {} is there and cannot be written; remove it, or name another folder", path);
}

// What was printed must have arrived: a full disk shows when the buffer is emptied.
void flush_output() {
  errno = 0;
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good()) return;
  throw hg::FileError("standard output: cannot write{}{}", errno != 0 ? ": " : "",
                      errno != 0 ? std::strerror(errno) : "");
}

// The program is to end: after --help, or after a text that says what is wrong with a flag.
struct Ended {
  int status;
};

void parse_or_end(CLI::App& app, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    throw Ended{app.exit(error) == 0 ? 0 : 2};
  }
}

}  // namespace

void parse(int argc, char** argv, const std::string& about) {
  CLI::App app{about};
  parse_or_end(app, argc, argv);
}

Flags parse(int argc, char** argv, const std::string& about, Flags flags, const std::vector<Extra>& extra) {
  CLI::App app{about};
  add_common(app, flags);
  for (const Extra& e : extra) add_extra(app, e);
  parse_or_end(app, argc, argv);
  if (flags.threads > 0) hg::set_num_threads(flags.threads);
  hg::set_seed(flags.seed);
  return flags;
}

hg::data::DataSplit load_data(const Flags& flags) {
  hg::data::DataSplit split = hg::data::digits(flags.data, flags.limit);
  fmt::print("Data: {}\n{}", describe(split),
             flags.data.empty() && split.name == "strokes"
                 ? "(MNIST was not found; data/fetch_mnist.sh fetches it)\n"
                 : "");
  flush_output();
  return split;
}

hg::data::Batches training_batches(const hg::data::DataSplit& data, const Flags& flags) {
  return hg::data::Batches(data.train.images, data.train.labels,
                           {.batch_size = flags.batch, .shuffle = true, .seed = flags.seed});
}
hg::data::Batches test_batches(const hg::data::DataSplit& data) {
  return hg::data::Batches(data.test.images, data.test.labels, {.batch_size = 500});
}

void make_folder(const std::string& path) {
  flush_output();
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw hg::FileError("--out: cannot make the folder {}: {}", path, error.message());
  if (access(path.c_str(), W_OK | X_OK) != 0)
    throw hg::FileError("--out: cannot write to the folder {}", path);
}

hg::data::Table read_table(const std::string& path) {
  const char separator = hg::data::find_separator(path);
  if (separator != ',')
    fmt::print("{} has entries between {}\n", path, separator == '\t' ? "tabs" : std::string(1, separator));
  return hg::data::read_csv(path, {.separator = separator});
}

bool begin(const Flags& flags, hg::nn::Layer& model, const hg::Shape& input) {
  fmt::print("{}\n", hg::nn::summary(model, input));
  if (!flags.load.empty()) hg::files::load(flags.load, model);
  make_folder(flags.out);
  for (const char* name : {"model.h5", "metrics.json", "history.csv", "curves.gp"})
    expect_replaceable(flags.file(name));
  return flags.load.empty();
}

bool goes_on(const Flags& flags) { return flags.resume && std::filesystem::exists(flags.file("model.h5")); }

int finish(const Flags& flags, const hg::data::DataSplit& data, hg::training::Report& report,
           const hg::training::History& history, bool same_bits) {
  report.add("data", data.name);
  report.add("train_images", data.train.size());
  if (flags.load.empty()) {
    report.add("batch", flags.batch);
    report.add("learning_rate", flags.learning_rate);
  }
  report.add("seed", flags.seed);
  report.save(flags.file("metrics.json"));
  if (!same_bits) fmt::print(stderr, "The model file does not give back the same reconstructions.\n");
  fmt::print("\nIn {}: pictures, the model, its history, and these figures as metrics.json\n", flags.out);
  if (history.interrupted) fmt::print("The training was interrupted; --resume goes on with it\n");
  return !same_bits ? 1 : history.interrupted ? 130 : 0;
}

int run(int (*body)(int, char**), int argc, char** argv) {
  int status = 0;
  try {
    try {
      status = body(argc, argv);
    } catch (const Ended& ended) {
      status = ended.status;
    }
    flush_output();
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
  return status;
}

}  // namespace program
