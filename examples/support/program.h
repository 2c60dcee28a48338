#pragma once

#include <hourglass/data/dataset.h>
#include <hourglass/training/history.h>

#include <string>
#include <utility>
#include <vector>

/// What the training programs have in common: flags, data, results.
namespace program {

struct Flags {
  std::string data;  // "mnist", "strokes" or a folder; empty: MNIST where found, else strokes
  std::int64_t epochs = 7, batch = 32, limit = 0;
  double learning_rate = 1e-3;
  std::uint64_t seed = 1;
  int threads = 0;  // 0: as many as there are processors
  std::string out = "out";
  std::string load;  // a model file: evaluate it instead of training

  /// Flags of one program beside the common ones: name, help, where the text goes.
  struct Extra {
    std::string name, help;
    std::string* value;
  };
};

/// Reads the flags; prints the help, or what is wrong, and ends the program (status 0 or 2). Sets threads and
/// seed.
[[nodiscard]] Flags parse(int argc, char** argv, const std::string& about, Flags flags,
                          const std::vector<Flags::Extra>& extra = {});

/// The data that the flags ask for, cut to --limit; says which they are.
[[nodiscard]] hourglass::data::DataSplit load_data(const Flags& flags);

/// Figures under their names, printed as they are added, and written as one flat JSON object.
class Metrics {
 public:
  void add(const std::string& name, double value, const std::string& unit = "");
  void add(const std::string& name, const std::string& value);
  void save(const std::string& path) const;

 private:
  std::vector<std::pair<std::string, std::string>> entries_;  // JSON values
};

/// The largest resident memory of the process so far, MB (10⁶ bytes).
[[nodiscard]] double peak_rss_mb();

/// Runs the body; prints an error's text and returns status 2 if one is thrown.
int run(int (*body)(int, char**), int argc, char** argv);

}  // namespace program
