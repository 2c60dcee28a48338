// A whole epoch of training as a program runs it (shuffling, conversion from bytes, progress, validation on
// the test images) beside the bare steps that it consists of.
//
//   epoch --case a,e --batch 128 --threads 1 [--data DIR]
//
// One line per case:  case=a … steps=469 step_ms=… training_ms=… validation_ms=… epoch_ms=… over_steps=…
// peak_rss_mb=… over_steps is epoch_ms / (steps · step_ms). Steps and epochs take turns; medians. On a
// terminal the progress bar is drawn and is part of the time.

#include "cases.h"
#include "timing.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <sys/resource.h>

namespace hg = hourglass;
namespace data = hourglass::data;

namespace {

void measure(const std::string& name, std::int64_t batch, int rounds, const data::DataSplit& digits) {
  hg::set_seed(1);
  const bench::Case c = bench::make_case(name);
  hg::optim::Adam adam({.learning_rate = 1e-3});
  const data::Batches train(digits.train.images, {.batch_size = batch, .shuffle = true});
  const data::Batches test(digits.test.images, {.batch_size = 500});
  const auto loss_of_batch = [&](const data::Batch& b) { return c.loss(b.x); };
  const hg::Tensor kept =
      hg::flatten(hg::slice(digits.train.images, 0, {0, 20 * batch}), 1).to(hg::float32) / 255.0;
  std::int64_t next = 0;
  const auto step = [&] {
    const std::int64_t at = next++ % (kept.shape(0) / batch) * batch;
    adam.minimize(c.loss(hg::slice(kept, 0, {at, at + batch})), hg::nn::parameters(*c.model));
  };
  const auto time_of_step = [&] { return bench::time_of(step, 5, 0.1).median; };
  const auto batches = static_cast<double>(train.batch_count());
  std::vector<double> steps{time_of_step()}, training, epochs, over_steps;
  for (int round = 0; round < rounds; ++round) {
    const double start = bench::seconds();
    const hg::training::History history =
        hg::training::fit(*c.model, adam, loss_of_batch, train,
                          {.epochs = round + 1, .validation = &test, .initial_epoch = round});
    epochs.push_back(bench::seconds() - start);
    training.push_back(history.epochs.back().seconds);
    steps.push_back(time_of_step());
    const double before_and_after = (steps.end()[-2] + steps.back()) / 2.0;  // the machine's state changes
    over_steps.push_back(epochs.back() / (batches * before_and_after));
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "case={} batch={} threads={} data={} steps={} step_ms={:.4f} training_ms={:.1f} validation_ms={:.1f} "
      "epoch_ms={:.1f} over_steps={:.3f} peak_rss_mb={}\n",
      name, batch, hg::num_threads(), digits.name, train.batch_count(), bench::median(steps) * 1e3,
      bench::median(training) * 1e3, (bench::median(epochs) - bench::median(training)) * 1e3,
      bench::median(epochs) * 1e3, bench::median(over_steps), usage.ru_maxrss / 1024);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Whole epochs of training beside their bare steps"};
  std::vector<std::string> cases{"a", "e"};
  std::int64_t batch = 128;
  int threads = 1, rounds = 7;
  std::string folder;
  app.add_option("--case", cases, "as in train_step; a comma list")->delimiter(',');
  app.add_option("--batch", batch, "images a step")->check(CLI::PositiveNumber);
  app.add_option("--threads", threads, "threads that compute")->check(CLI::PositiveNumber);
  app.add_option("--rounds", rounds, "epochs timed")->check(CLI::PositiveNumber);
  app.add_option("--data", folder, "where MNIST is; without, where programs look for it, else the strokes");
  CLI11_PARSE(app, argc, argv);
  hg::set_num_threads(threads);
  const data::DataSplit digits = data::has_mnist(folder) ? data::mnist(folder) : data::strokes();
  for (const std::string& name : cases) measure(name, batch, rounds, digits);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
