// Training throughput: forward + backward + Adam step, float32, data in memory.
//
//   train_step --case a --batch 128 --threads 2          the cases: bench/cases.h
//
// One line per measurement, of the form that a PyTorch program for the same cases prints:
//   case=a batch=128 threads=1 … median_ms=… min_ms=… max_ms=… images_per_s=… gflops=… calib_gflops=…
//   peak_rss_mb=…
// floor_ms is the time of a dense step's bare matrix products, floor_fraction its share of the step;
// round_trip_ns is what a number takes to a second thread and back (timing.h); allocations_per_step counts
// the blocks that the memory pool had to ask the system for; late_ratio, with
// --late N, is the time of a step after N steps over that of a new network after 100, in turns.

#include "cases.h"
#include "options.h"
#include "timing.h"

#include <hourglass/hourglass.h>
#include <hourglass/tensor/kernels/product/blas.h>

#include <fmt/format.h>

#include <sys/resource.h>

namespace hg = hourglass;

namespace {

using bench::median;
using bench::seconds;

struct Options : bench::StepOptions {
  std::int64_t late = 0;
};

// About 80% zeros, as in MNIST.
hg::Tensor random_images(std::int64_t n) {
  hg::Generator generator(1);
  const hg::Tensor x = hg::uniform({n, bench::kPixels}, 0.0, 1.0, generator);
  return x * (x >= 0.8).to(hg::float32);
}

// The rate of a 768³ product now, GFLOP/s: the state that the machine is in.
double calibrate() {
  const hg::Tensor x = hg::slice(random_images(768), 1, {0, 768}).clone();
  return 2.0 * 768 * 768 * 768 / bench::time_of([&] { (void)hg::matmul(x, x); }, 5, 0.01).median * 1e-9;
}

rusage usage() {
  rusage now{};
  getrusage(RUSAGE_SELF, &now);
  return now;
}

// The time of the bare products of all dense layers: forward and kernel gradient, and for all but the first
// the input gradient. 0 if there are other kernels, or some that are used more than once.
double floor_seconds(const bench::Case& of, std::int64_t batch, bool infer) {
  std::vector<std::pair<hg::Tensor, hg::Tensor>> products;
  double macs = 0.0;
  for (const hg::NamedParameter& p : hg::nn::parameters(*of.model)) {
    if (p.variable.rank() > 2) return 0.0;
    if (p.variable.rank() < 2) continue;
    macs += static_cast<double>(p.variable.size());
    const std::int64_t in = p.variable.shape(0), out = p.variable.shape(1);
    const hg::Tensor x = hg::normal({batch, in}), w = hg::normal({in, out}), dy = hg::normal({batch, out});
    const bool first = products.empty();
    products.emplace_back(x, w);
    if (infer) continue;
    products.emplace_back(hg::transpose(x), dy);
    if (!first) products.emplace_back(dy, hg::transpose(w));
  }
  if (macs != of.macs) return 0.0;
  return bench::time_of(
             [&] {
               for (const auto& [a, b] : products) (void)hg::matmul(a, b);
             },
             5, 0.05)
      .median;
}

// A network in training on batches that come round and round.
class Run {
 public:
  Run(const std::string& name, std::int64_t batch, const Options& options)
      : case_(bench::make_case(name, options.width)),
        batch_(batch),
        infer_(options.infer),
        batches_(std::max<std::int64_t>(12800 / batch, 1)),
        images_(random_images(batches_ * batch)) {}

  void step() {
    const std::int64_t at = next_++ % batches_ * batch_;
    const hg::Tensor x = hg::slice(images_, 0, {at, at + batch_});
    if (infer_) {
      hg::no_grad([&] { return case_.loss(x); });
      return;
    }
    adam_.minimize(case_.loss(x), hg::nn::parameters(*case_.model));
  }

  // Seconds a step, in blocks.
  std::vector<double> blocks(int repeats, std::int64_t steps) {
    std::vector<double> times;
    for (int r = 0; r < repeats; ++r) {
      const double start = seconds();
      for (std::int64_t i = 0; i < steps; ++i) step();
      times.push_back((seconds() - start) / static_cast<double>(steps));
    }
    return times;
  }

  [[nodiscard]] const bench::Case& of() const { return case_; }

 private:
  bench::Case case_;
  std::int64_t batch_;
  bool infer_;
  std::int64_t batches_, next_ = 0;
  hg::Tensor images_;
  hg::optim::Adam adam_{{.learning_rate = 1e-3}};
};

void measure(const std::string& name, std::int64_t batch, const Options& o) {
  hg::set_seed(1);
  Run run(name, batch, o);
  for (int i = 0; i < 12; ++i) run.step();  // warm
  const double rate_before = calibrate(), trip_before = o.threads > 1 ? bench::round_trip() : 0.0;
  const double start = seconds();
  std::int64_t count = 0;
  for (; seconds() - start < 0.2; ++count) run.step();
  const auto steps =
      std::max<std::int64_t>(static_cast<std::int64_t>(static_cast<double>(count) / 0.2 * o.block), 3);
  const std::int64_t faults = usage().ru_minflt, allocations = hg::memory::stats().system_allocations;
  const std::vector<double> times = run.blocks(o.repeats, steps);
  const auto per_step = [&](std::int64_t now, std::int64_t before) {
    return static_cast<double>(now - before) / static_cast<double>(steps * o.repeats);
  };
  const double faulted = per_step(usage().ru_minflt, faults);
  const double allocated = per_step(hg::memory::stats().system_allocations, allocations);
  const double ms = median(times) * 1e3, bare = floor_seconds(run.of(), batch, o.infer) * 1e3;
  const double flops = (o.infer ? 2.0 : 6.0) * run.of().macs * static_cast<double>(batch);
  std::string line = fmt::format(
      "case={} batch={} threads={} mode=hourglass{} instructions={} blas={} median_ms={:.4f} min_ms={:.4f} "
      "max_ms={:.4f} "
      "images_per_s={:.2f} gflops={:.1f} calib_gflops={:.0f} faults_per_step={:.0f} "
      "allocations_per_step={:.4f} "
      "peak_rss_mb={}",
      name, batch, o.threads, o.infer ? "+infer" : "", hg::name(hg::instructions()), hg::blas::kernels(), ms,
      *std::min_element(times.begin(), times.end()) * 1e3,
      *std::max_element(times.begin(), times.end()) * 1e3, static_cast<double>(batch) / ms * 1e3,
      flops / ms * 1e-6, 0.5 * (rate_before + calibrate()), faulted, allocated, usage().ru_maxrss / 1024);
  if (o.threads > 1)
    line += fmt::format(" round_trip_ns={:.0f}", 0.5e9 * (trip_before + bench::round_trip()));
  if (o.width > 0) line += fmt::format(" width={}", o.width);
  if (bare > 0.0) line += fmt::format(" floor_ms={:.4f} floor_fraction={:.2f}", bare, bare / ms);
  if (o.late > 0) {
    Run fresh(name, batch, o);
    (void)fresh.blocks(1, 100);
    (void)run.blocks(1, o.late);
    std::vector<double> late, early;  // in turns: machines drift
    for (int r = 0; r < o.repeats; ++r) {
      late.push_back(run.blocks(1, steps).front());
      early.push_back(fresh.blocks(1, steps).front());
    }
    line += fmt::format(" late={} late_ratio={:.3f}", o.late, median(late) / median(early));
  }
  fmt::print("{}\n", line);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Training throughput of autoencoders"};
  Options options;
  options.add_to(app);
  app.add_option("--late", options.late, "time again after so many steps")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  hg::set_num_threads(options.threads);
  for (const std::string& name : options.cases) {
    for (const std::int64_t batch : options.batches) measure(name, batch, options);
  }
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
