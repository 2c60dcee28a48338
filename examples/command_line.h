#pragma once

#include <hourglass/data/batches.h>
#include <hourglass/data/dataset.h>
#include <hourglass/data/tables/table.h>
#include <hourglass/nn/module.h>
#include <hourglass/training/report.h>

#include <string>
#include <variant>
#include <vector>

/// What the programs have in common: flags, data, results.
namespace program {

struct Flags {
  std::string data{};  // "mnist", "strokes" or a folder; empty: MNIST where found, else strokes
  std::int64_t epochs = 7, batch = 32, limit = 0;
  double learning_rate = 1e-3;
  std::uint64_t seed = 1;
  int threads = 0;  // 0: as many as there are processors
  std::string out = "out";
  std::string load{};   // a model file: evaluate it instead of training
  bool resume = false;  // go on from the model file in --out

  /// A file in the folder --out.
  [[nodiscard]] std::string file(const std::string& name) const { return out + "/" + name; }
};

/// A flag of one program beside the common ones. Its default is what stands at `value`; with choices, no
/// other text is allowed.
struct Extra {
  std::string name, help;
  std::variant<std::string*, std::int64_t*, double*, std::vector<std::int64_t>*> value;
  std::vector<std::string> choices{};
  std::int64_t least = 1;  // of whole numbers
};

/// Reads the flags; prints the help, or what is wrong, and ends the program (status 0 or 2). Sets threads and
/// seed. To be called inside run().
[[nodiscard]] Flags parse(int argc, char** argv, const std::string& about, Flags flags,
                          const std::vector<Extra>& extra = {});
/// The same for a program that takes none.
void parse(int argc, char** argv, const std::string& about);

/// The data that the flags ask for, cut to --limit; says which they are. Throws FileError, DataError.
[[nodiscard]] hourglass::data::DataSplit load_data(const Flags& flags);
/// Its training images, shuffled, in batches as large as the flags say; and its test images.
[[nodiscard]] hourglass::data::Batches training_batches(const hourglass::data::DataSplit& data,
                                                        const Flags& flags);
[[nodiscard]] hourglass::data::Batches test_batches(const hourglass::data::DataSplit& data);

/// Prints the model's summary, reads the file that --load names into it, and makes the folder --out: after
/// all that, so that a mistake leaves nothing behind. Whether the model is to be trained: there was no
/// --load. Throws FileError if the folder, or a file of an earlier run in it, cannot be written: before the
/// training instead of after it.
[[nodiscard]] bool begin(const Flags& flags, hourglass::nn::Layer& model, const hourglass::Shape& input);

/// Makes the folder that results go into, once all that was printed has arrived. Throws FileError if it
/// cannot be made or written to.
void make_folder(const std::string& path);
/// The table of a CSV file; says which separator it has if that is not a comma. Throws as data::read_csv.
[[nodiscard]] hourglass::data::Table read_table(const std::string& path);

/// Whether --resume was given and there is a model file in --out.
[[nodiscard]] bool goes_on(const Flags& flags);

/// Adds to the report the flags that decide what a run can reach, and its data; saves it as metrics.json, and
/// says where everything is. The program's status: 0, 1 if the model file did not give back the same bits,
/// 130 if the training was interrupted.
[[nodiscard]] int finish(const Flags& flags, const hourglass::data::DataSplit& data,
                         hourglass::training::Report& report, const hourglass::training::History& history,
                         bool same_bits = true);

/// Runs the body and gives its status; where an error is thrown, or what was printed could not be written,
/// prints the text and gives 2.
int run(int (*body)(int, char**), int argc, char** argv);

}  // namespace program
