// The tutorial that many begin with, to its end: an autoencoder for a table, what it is worth, and a search
// for its options.
//
//     22_search                              200 rows of 5 columns of noise: a 5-2-5 autoencoder, then a grid
//     22_search rows.csv --method tpe --trials 60 --median
//     22_search rows.csv --axis code=1..8 --axis learning_rate=1e-4..1e-1:log
//
// On the noise the mean squared error on rows that it has not seen is about 0.05, as that of PCA with two
// components, beside about 0.08 for the mean row: columns that know nothing of each other cannot be put into
// fewer. The program says so; if the error is above three quarters of the mean row's, the status is 1. Every
// trial is kept in search.h5: a search that was killed goes on with --resume, and ends with the same bits.

#include "command_line.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <filesystem>

namespace hg = hourglass;
namespace ae = hourglass::autoencoders;
namespace data = hourglass::data;
namespace training = hourglass::training;

namespace {

// What a trial may choose.
struct Choices {
  std::int64_t code = 2, batch = 16, epochs = 400;
  double learning_rate = 0.01;
};
template <class V>
void visit(Choices& c, V&& v) {
  v("code", c.code), v("batch", c.batch), v("epochs", c.epochs), v("learning_rate", c.learning_rate);
}

struct Run {
  std::string file{}, out = "out/22_search", method = "grid";
  std::vector<training::Axis> axes{};
  std::int64_t trials = 0;
  std::uint64_t seed = 1;
  int threads = 0;
  bool median = false, resume = false;
};

data::Table noise(std::uint64_t seed) {
  hg::Generator generator(seed);
  return data::Table::from_tensor(hg::uniform({200, 5}, 0.0, 1.0, generator), {"a", "b", "c", "d", "e"});
}

// Without columns of texts most of which occur once: names, notes, numbers of orders.
data::Table without_names(const data::Table& table) {
  std::vector<std::string> names;
  for (const data::Column& c : table.columns()) {
    if (!c.has_categories() || 2 * std::ssize(c.categories()) <= table.rows()) continue;
    fmt::print("Note: \"{}\" has {} texts in {} rows; it is left out\n", c.name(), c.categories().size(),
               table.rows());
    names.push_back(c.name());
  }
  return table.drop(names);
}

// Numbers to [0, 1], a column for each category; what is missing is the mean, or the most frequent.
data::Preprocessor prepared(const data::Table& train) {
  using data::Missing;
  data::Preprocessor prepare(
      data::steps_for(train, {.numbers = {.scaling = data::Scaling::min_max, .missing = Missing::mean},
                              .categories = {.missing = Missing::mode, .unseen = data::Unseen::missing},
                              .most_missing = 0.9}));
  prepare.fit(train);
  for (const std::string& note : prepare.notes()) fmt::print("Note: {}\n", note);
  return prepare;
}

ae::TabularAutoencoder model_for(const Choices& c, const data::Preprocessor& prepare) {
  return ae::TabularAutoencoder(
      {.columns = ae::columns_of(prepare.places()), .hidden = {}, .latent = c.code});
}

// The axes that the flags name, or those of the tutorial.
std::vector<training::Axis> axes_of(const Run& run, std::int64_t width) {
  using training::Axis;
  if (!run.axes.empty()) return run.axes;
  std::vector<Axis> out;
  std::vector<hg::OptionValue> codes;
  for (std::int64_t code = 1; code <= std::min<std::int64_t>(3, width); ++code) codes.emplace_back(code);
  out.push_back(Axis::values("code", codes));
  if (run.method == "grid") {
    out.push_back(Axis::values("learning_rate", {0.003, 0.03}));
    out.push_back(Axis::values("batch", {8, 32}));
    out.push_back(Axis::values("epochs", {100, 200}));
  } else {
    out.push_back(Axis::log_range("learning_rate", 1e-4, 1.0));
    out.push_back(Axis::log_integers("batch", 4, 64));
    out.push_back(Axis::integers("epochs", 20, 200));
  }
  return out;
}

training::SearchOptions options_of(const Run& run, const hg::Tensor& rows) {
  training::SearchOptions options{.trials = run.trials,
                                  .seed = run.seed,
                                  .path = run.out + "/search.h5",
                                  .resume = run.resume,
                                  .data = hg::files::sha256(rows)};
  hg::set_options(options, {{"method", run.method}}, "--method");
  if (run.median) options.median = training::MedianRule{};
  return options;
}

training::History train(ae::TabularAutoencoder& model, const Choices& c, const hg::Tensor& x,
                        std::uint64_t seed) {
  hg::set_seed(seed);
  hg::optim::Adam adam({.learning_rate = c.learning_rate});
  const data::Batches batches(x, {.batch_size = c.batch, .shuffle = true, .seed = seed});
  return training::fit(model, adam, [&](const data::Batch& b) { return model.loss(b.x); }, batches,
                       {.epochs = c.epochs, .verbose = training::Verbose::silent});
}

// The errors on rows that were not seen, beside those of the mean row and of PCA.
double report_errors(training::Report& report, const std::string& name, ae::TabularAutoencoder& model,
                     std::int64_t code, const ae::Baselines& baselines, const data::Batches& test) {
  const std::int64_t width = model.features();
  const double mse = ae::reconstruction_mse(model, test);
  fmt::print("\n{} columns, a code of {}, {} parameters; mean squared errors on {} rows not seen\n", width,
             code, hg::nn::parameter_count(model), test.size());
  report.add(name + "test_mse", mse, "the autoencoder");
  report.add(name + "baseline_mean_mse", baselines.mean_mse(test), "the mean row");
  report.add(name + "baseline_pca_mse", baselines.pca_mse(test, std::min(code, width)),
             fmt::format("PCA, {} components", std::min(code, width)));
  return mse;
}

training::SearchResult search(const Run& run, const data::Preprocessor& prepare, const hg::Tensor& x) {
  const auto [parts, held_out] = data::split({x}, {.fraction = 0.2, .seed = run.seed});
  const hg::Tensor rows = parts[0];
  const data::Batches validation(held_out[0]);
  return training::search(
      Choices{}, axes_of(run, prepare.width()),
      [&](const Choices& c, training::Trial& trial) {
        ae::TabularAutoencoder model = model_for(c, prepare);
        hg::optim::Adam adam({.learning_rate = c.learning_rate});
        const data::Batches batches(rows, {.batch_size = c.batch, .shuffle = true, .seed = trial.seed()});
        const auto loss = [&](const data::Batch& b) { return model.loss(b.x); };
        return trial.fit(model, adam, loss, batches, {.epochs = c.epochs, .validation = &validation});
      },
      options_of(run, x));
}

int learn(const Run& run) {
  const data::Table table = without_names(run.file.empty() ? noise(run.seed) : data::read_csv(run.file));
  if (table.rows() < 10 || table.columns().empty())
    throw hg::DataError("{}: {} rows of {} columns are too few; give 10 rows of numbers or categories",
                        run.file, table.rows(), table.columns().size());
  const auto [train_rows, test_rows] = table.split({.seed = run.seed});
  const data::Preprocessor prepare = prepared(train_rows);
  const hg::Tensor x = prepare.transform(train_rows);
  const data::Batches test(prepare.transform(test_rows));
  const ae::Baselines baselines{data::Batches(x)};
  std::filesystem::create_directories(run.out);

  training::Report report;
  const Choices first{.code = std::min<std::int64_t>(2, prepare.width())};
  ae::TabularAutoencoder model = model_for(first, prepare);
  const training::History history = train(model, first, x, run.seed);
  if (history.interrupted) return 130;
  const double mse = report_errors(report, "", model, first.code, baselines, test);
  const double mean_row = baselines.mean_mse(test);
  const hg::anomaly::Structure structure = hg::anomaly::structure(x, prepare.places());
  fmt::print("{}\n", structure.str());
  report.add_run(model, history);
  report.add("structure", structure.explained, "of a column's variance, told from the others");

  const double begin = training::now();
  const training::SearchResult found = search(run, prepare, x);
  if (found.interrupted) {
    fmt::print("The search was interrupted; --resume goes on with it\n");
    return 130;
  }
  fmt::print("\n{}", found.str());
  report.add("search_seconds", training::now() - begin);
  report.add("trials", std::ssize(found.trials));
  report.add("best_trial", found.best().number());
  report.add("best_val_loss", *found.best().find("val_loss"));
  training::draw_trials(run.out, "trials", found);

  const Choices best = found.best_options(Choices{});
  ae::TabularAutoencoder chosen = model_for(best, prepare);
  const training::History curve = train(chosen, best, x, found.best().seed);
  if (curve.interrupted) return 130;
  report_errors(report, "best_", chosen, best.code, baselines, test);
  report.add("best_weights_sha256", hg::files::weights_sha256(chosen));
  hg::files::save_model(run.out + "/model.h5", chosen,
                        {.notes = {.data = run.file.empty() ? "noise" : run.file, .seed = run.seed},
                         .sections = {{"preprocessor", prepare.state()}, {"history", curve.state()}}});
  report.save(run.out + "/metrics.json");
  fmt::print("\nIn {}: trials.csv and its picture, search.h5, the best model, and these figures\n", run.out);
  return run.file.empty() && mse > 0.75 * mean_row ? 1 : 0;
}

int body(int argc, char** argv) {
  Run run;
  std::vector<std::string> axes;
  CLI::App app("Trains an autoencoder on a table, and searches for its options.");
  app.add_option("FILE", run.file, "a CSV file with a header (default: 200 rows of noise)")
      ->check(CLI::ExistingFile);
  app.add_option("--method", run.method, "grid, random or tpe")
      ->check(CLI::IsMember({"grid", "random", "tpe"}))
      ->capture_default_str();
  app.add_option("--trials", run.trials, "at most (default: the whole grid, or 40)")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--axis", axes, "code=1,2,3 or epochs=20..200 or learning_rate=1e-4..1e-1:log; several")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--median", run.median, "stop trials that are worse than the median of earlier ones");
  app.add_flag("--resume", run.resume, "go on with a search that was broken off, from search.h5 in --out");
  app.add_option("--seed", run.seed, "of the split, the weights and the search")->capture_default_str();
  app.add_option("--threads", run.threads, "threads that compute (default: all processors)")
      ->check(CLI::Range(1, 1024));
  app.add_option("--out", run.out, "folder for what it writes")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  for (const std::string& text : axes) run.axes.push_back(training::Axis::from_text(text));
  if (run.threads > 0) hg::set_num_threads(run.threads);
  return learn(run);
}

}  // namespace

int main(int argc, char** argv) { return program::run(body, argc, argv); }
