#pragma once

#include <hourglass/data/dataset.h>
#include <hourglass/nn/module.h>
#include <hourglass/training/history.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

/// What the training programs have in common: flags, data, results.
namespace program {

struct Flags {
  std::string data{};  // "mnist", "strokes" or a folder; empty: MNIST where found, else strokes
  std::int64_t epochs = 7, batch = 32, limit = 0;
  double learning_rate = 1e-3;
  std::uint64_t seed = 1;
  int threads = 0;  // 0: as many as there are processors
  std::string out = "out";
  std::string load{};  // a model file: evaluate it instead of training

  /// A file in the folder --out.
  [[nodiscard]] std::string file(const std::string& name) const { return out + "/" + name; }
};

/// A flag of one program beside the common ones. Its default is what stands at `value`; with choices, no
/// other text is allowed.
struct Extra {
  std::string name, help;
  std::variant<std::string*, std::int64_t*, double*, std::vector<std::int64_t>*> value;
  std::vector<std::string> choices{};
};

/// Reads the flags; prints the help, or what is wrong, and ends the program (status 0 or 2). Makes the folder
/// --out, and sets threads and seed. Throws FileError if the folder cannot be written to.
[[nodiscard]] Flags parse(int argc, char** argv, const std::string& about, Flags flags,
                          const std::vector<Extra>& extra = {});

/// The data that the flags ask for, cut to --limit; says which they are. Throws FileError, DataError.
[[nodiscard]] hourglass::data::DataSplit load_data(const Flags& flags);

/// The figures of a run: printed as they are added, and saved as one flat JSON object.
class Report {
 public:
  void add(const std::string& name, double value, const std::string& unit = "");
  void add(const std::string& name, std::int64_t value);
  void add(const std::string& name, std::uint64_t value);
  void add(const std::string& name, const std::string& value);
  /// A row of the table of errors: `name`_mse_per_pixel and `name`_mse_per_image.
  void add_error(const std::string& name, const std::string& what, double mse_per_pixel, std::int64_t pixels);
  /// What the model is, how its training went (nothing after --load), and with which flags.
  void add_run(hourglass::nn::Module& model, const hourglass::training::History& history, const Flags& flags);
  void save(const std::string& path) const;

 private:
  void put(const std::string& name, double value);

  bool table_begun_ = false;
  std::vector<std::pair<std::string, std::string>> entries_;  // name, JSON value
};

/// Prints what was not reached, if anything was not; the program's status.
[[nodiscard]] int verdict(const std::string& what, double value, double most, bool same_bits);

/// Says where everything is.
void done(const Flags& flags);

/// Runs the body; prints an error's text and returns status 2 if one is thrown.
int run(int (*body)(int, char**), int argc, char** argv);

}  // namespace program
