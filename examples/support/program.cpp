#include "program.h"

#include <hourglass/tensor/error.h>
#include <hourglass/tensor/random.h>
#include <hourglass/tensor/threads.h>

#include <fmt/format.h>
#include <sys/resource.h>
#include <CLI/CLI.hpp>

#include <cstdlib>
#include <filesystem>

namespace program {

namespace hg = hourglass;

Flags parse(int argc, char** argv, const std::string& about, Flags flags,
            const std::vector<Flags::Extra>& extra) {
  CLI::App app{about};
  const CLI::Validator positive(
      [](const std::string& text) {
        return std::atof(text.c_str()) > 0 ? "" : text + " is not a positive number";
      },
      "POSITIVE");
  app.add_option("--data", flags.data,
                 "mnist, strokes, or a folder with MNIST's files (default: mnist where found, else strokes)");
  app.add_option("--epochs", flags.epochs, "epochs to train")
      ->check(CLI::Range(0, 1'000'000'000))
      ->capture_default_str();
  app.add_option("--batch", flags.batch, "images a batch")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--learning-rate", flags.learning_rate, "of Adam")->check(positive)->capture_default_str();
  app.add_option("--seed", flags.seed, "of weights, shuffling and noise")->capture_default_str();
  app.add_option("--threads", flags.threads, "threads that compute (default: all processors)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--limit", flags.limit, "use only the first N training and N test images (0: all)")
      ->check(CLI::Range(0, 1'000'000'000));
  app.add_option("--out", flags.out, "folder for pictures, model and figures")->capture_default_str();
  app.add_option("--load", flags.load, "evaluate this model file instead of training")
      ->check(CLI::ExistingFile);
  for (const Flags::Extra& e : extra) app.add_option(e.name, *e.value, e.help)->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    std::exit(status == 0 ? 0 : 2);
  }
  if (flags.threads > 0) hg::set_num_threads(flags.threads);
  flags.threads = hg::num_threads();
  hg::set_seed(flags.seed);
  std::filesystem::create_directories(flags.out);
  return flags;
}

hg::data::DataSplit load_data(const Flags& flags) {
  namespace data = hourglass::data;
  const bool given_folder = !flags.data.empty() && flags.data != "mnist" && flags.data != "strokes";
  const bool use_strokes = flags.data == "strokes" || (flags.data.empty() && !data::has_mnist());
  data::DataSplit split = use_strokes ? data::strokes() : data::mnist(given_folder ? flags.data : "");
  if (flags.limit > 0) {
    split.train = data::limited(split.train, flags.limit);
    split.test = data::limited(split.test, flags.limit);
  }
  fmt::print(
      "Data: {}, {} images to train, {} to test{}\n",
      use_strokes ? "the built-in stroke digits" : "MNIST, handwritten digits", split.train.size(),
      split.test.size(),
      use_strokes && flags.data.empty() ? " (MNIST was not found; data/fetch_mnist.sh fetches it)" : "");
  return split;
}

void Metrics::add(const std::string& name, double value, const std::string& unit) {
  const std::string number = fmt::format("{:.6g}", value);
  fmt::print("{:<34} {}{}{}\n", name, number, unit.empty() ? "" : " ", unit);
  entries_.emplace_back(name, number);
}

void Metrics::add(const std::string& name, const std::string& value) {
  fmt::print("{:<34} {}\n", name, value);
  entries_.emplace_back(name, "\"" + value + "\"");
}

void Metrics::save(const std::string& path) const {
  std::string text = "{\n";
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    text += fmt::format("  \"{}\": {}{}\n", entries_[i].first, entries_[i].second,
                        i + 1 < entries_.size() ? "," : "");
  }
  hg::training::write_text(path, text + "}\n");
}

double peak_rss_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024.0 / 1e6;
}

int run(int (*body)(int, char**), int argc, char** argv) {
  try {
    return body(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}

}  // namespace program
