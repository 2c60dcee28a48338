#include "program.h"

#include <hourglass/files/state.h>
#include <hourglass/tensor/base/error.h>
#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/ops/random.h>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <cmath>
#include <filesystem>

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
}

void add_extra(CLI::App& app, const Extra& extra) {
  std::visit(
      [&](auto* value) {
        CLI::Option* const option = app.add_option(extra.name, *value, extra.help)->capture_default_str();
        using Value = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, double>) {
          option->check(number(true));
        } else if constexpr (!std::is_same_v<Value, std::string>) {
          option->check(whole<std::int64_t>(1));
        }
        if constexpr (std::is_same_v<Value, std::vector<std::int64_t>>) option->delimiter(',');
        if (!extra.choices.empty()) option->check(CLI::IsMember(extra.choices));
      },
      extra.value);
}

void make_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) throw hg::FileError("--out: cannot make the folder {}: {}", path, error.message());
  if (access(path.c_str(), W_OK | X_OK) != 0)
    throw hg::FileError("--out: cannot write to the folder {}", path);
}

std::string json_string(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// The largest resident memory of the process so far, MB (10⁶ bytes).
double peak_rss_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0 / 1e6;
}

}  // namespace

Flags parse(int argc, char** argv, const std::string& about, Flags flags, const std::vector<Extra>& extra) {
  CLI::App app{about};
  add_common(app, flags);
  for (const Extra& e : extra) add_extra(app, e);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  make_folder(flags.out);
  if (flags.threads > 0) hg::set_num_threads(flags.threads);
  flags.threads = hg::num_threads();
  hg::set_seed(flags.seed);
  return flags;
}

hg::data::DataSplit load_data(const Flags& flags) {
  namespace data = hourglass::data;
  const bool folder = !flags.data.empty() && flags.data != "mnist" && flags.data != "strokes";
  const bool strokes = flags.data == "strokes" || (flags.data.empty() && !data::has_mnist());
  data::DataSplit split = strokes ? data::strokes() : data::mnist(folder ? flags.data : "");
  if (folder) split.name = flags.data;
  if (flags.limit > 0) {
    split.train = data::limited(split.train, flags.limit);
    split.test = data::limited(split.test, flags.limit);
  }
  const hg::Shape train = split.train.images.shape(), test = split.test.images.shape();
  if (train.size() == 0 || test.size() == 0 || train.without(0) != test.without(0)) {
    throw hg::DataError("--data: {} has training images {} and test images {}; expected images of one size",
                        split.name, train, test);
  }
  fmt::print("Data: {}, {} images of {} x {} to train, {} to test{}\n",
             folder    ? split.name
             : strokes ? "strokes, the built-in digits"
                       : "mnist, handwritten digits",
             train[0], train[1], train[2], test[0],
             strokes && flags.data.empty() ? "\n(MNIST was not found; data/fetch_mnist.sh fetches it)" : "");
  return split;
}

void Report::put(const std::string& name, double value) {
  entries_.emplace_back(name, std::isfinite(value) ? fmt::format("{:.6g}", value) : "null");
}

void Report::add(const std::string& name, double value, const std::string& unit) {
  put(name, value);
  fmt::print("{:<28} {:.6g}{}{}\n", name, value, unit.empty() ? "" : " ", unit);
}

void Report::add(const std::string& name, std::int64_t value) {
  entries_.emplace_back(name, std::to_string(value));
  fmt::print("{:<28} {}\n", name, value);
}

void Report::add(const std::string& name, std::uint64_t value) {
  entries_.emplace_back(name, std::to_string(value));
  fmt::print("{:<28} {}\n", name, value);
}

void Report::add(const std::string& name, const std::string& value) {
  entries_.emplace_back(name, json_string(value));
  fmt::print("{:<28} {}\n", name, value);
}

void Report::add_error(const std::string& name, const std::string& what, double mse_per_pixel,
                       std::int64_t pixels) {
  if (!table_begun_)
    fmt::print("\n{:<28} {:>13} {:>10}\n", "Error on the test images", "MSE per pixel", "per image");
  table_begun_ = true;
  const double per_image = mse_per_pixel * static_cast<double>(pixels);
  put(name + "_mse_per_pixel", mse_per_pixel);
  put(name + "_mse_per_image", per_image);
  fmt::print("  {:<26} {:>13.5f} {:>10.2f}\n", what, mse_per_pixel, per_image);
}

void Report::add_run(hg::nn::Module& model, const hg::training::History& history, const Flags& flags) {
  fmt::print("\n");
  add("parameters", hg::nn::parameter_count(model));
  add("weights_sha256", hg::files::weights_sha256(model));
  if (!history.epochs.empty()) {
    double seconds = 0.0;
    for (const auto& epoch : history.epochs) seconds += epoch.seconds;
    const hg::training::EpochRecord& last = history.epochs.back();
    add("loss", last.loss);
    if (last.val_loss) add("val_loss", *last.val_loss);
    add("seconds_per_epoch", seconds / static_cast<double>(history.epochs.size()), "s");
    add("seconds_in_all", seconds, "s of training");
    add("epochs", flags.epochs);
    add("batch", flags.batch);
    add("learning_rate", flags.learning_rate);
  }
  add("peak_rss_mb", peak_rss_mb(), "MB");
  add("threads", std::int64_t{flags.threads});
  add("seed", flags.seed);
}

void Report::save(const std::string& path) const {
  std::string text = "{\n";
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    text += fmt::format("  {}: {}{}\n", json_string(entries_[i].first), entries_[i].second,
                        i + 1 < entries_.size() ? "," : "");
  }
  hg::training::write_text(path, text + "}\n");
}

int verdict(const std::string& what, double value, double most, bool same_bits) {
  const bool reached = value <= most;
  if (!reached)
    fmt::print(stderr, "The {} {:.5f} is above {:.5f}, which was to be reached.\n", what, value, most);
  return reached && same_bits ? 0 : 1;
}

void done(const Flags& flags) {
  fmt::print("\nIn {}: pictures, the model, its history, and these figures as metrics.json\n", flags.out);
}

int run(int (*body)(int, char**), int argc, char** argv) {
  try {
    return body(argc, argv);
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}

}  // namespace program
