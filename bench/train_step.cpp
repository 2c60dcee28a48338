// Training throughput: forward + backward + Adam step, float32, data in memory.
//
//   train_step --case a --batch 128 --threads 2
//
// One line per measurement, of the form that a PyTorch program for the same cases prints:
//   case=a batch=128 threads=1 … median_ms=… min_ms=… max_ms=… images_per_s=… gflops=… calib_gflops=…
//   peak_rss_mb=…
// allocations_per_step counts the blocks that the memory pool had to ask the system for.
//
// Cases
//   a   784-64(relu)-784(sigmoid), MSE               b   784-512-256-32-256-512-784 relu, BCE on logits
//   ca  a with N(0, 0.3²) noise, clipped, each step  cb  b with the same noise
//   d   784-1024(relu)-784(sigmoid), MSE + 10⁻⁴ mean|h|

#include <hourglass/hourglass.h>
#include <hourglass/tensor/blas.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <sys/resource.h>
#include <algorithm>
#include <chrono>

namespace hg = hourglass;
namespace nn = hourglass::nn;

namespace {

constexpr std::int64_t kPixels = 784;

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

nn::Sequential shallow() {
  return nn::Sequential{nn::Dense(kPixels, 64, {.activation = hg::relu}),
                        nn::Dense(64, kPixels, {.activation = hg::sigmoid})};
}

nn::Sequential deep() {
  nn::Sequential net;
  const std::vector<std::int64_t> widths{kPixels, 512, 256, 32, 256, 512, kPixels};
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const bool last = i + 2 == widths.size();
    net.add(nn::Dense(widths[i], widths[i + 1],
                      {.activation = last ? nn::Activation() : nn::Activation(hg::relu)}));
  }
  return net;
}

struct Case {
  nn::Sequential net;
  double macs;  // multiply-adds of the forward pass, per image
  double noise = 0.0;
  bool logits = false;
  double l1 = 0.0;  // on the mean activity of the first layer
};

Case make_case(const std::string& name) {
  constexpr double kShallow = 784 * 64 * 2, kDeep = 2.0 * (784 * 512 + 512 * 256 + 256 * 32);
  if (name == "a") return {shallow(), kShallow};
  if (name == "ca") return {shallow(), kShallow, 0.3};
  if (name == "b") return {deep(), kDeep, 0.0, true};
  if (name == "cb") return {deep(), kDeep, 0.3, true};
  if (name == "d") {
    return {nn::Sequential{nn::Dense(kPixels, 1024, {.activation = hg::relu}),
                           nn::Dense(1024, kPixels, {.activation = hg::sigmoid})},
            2.0 * 784 * 1024, 0.0, false, 1e-4};
  }
  throw hg::DataError("train_step: no case \"{}\"; the cases are a, b, ca, cb and d", name);
}

hg::Variable loss_of(Case& c, const hg::Tensor& x) {
  const hg::Tensor seen = c.noise == 0.0 ? x : hg::clip(x + hg::normal(x.shape(), 0.0, c.noise), 0.0, 1.0);
  if (c.l1 != 0.0) {
    const hg::Variable h = c.net[0](seen);
    return nn::mean_squared_error(c.net[1](h), x) + c.l1 * hg::mean(hg::abs(h));
  }
  const hg::Variable y = c.net(seen);
  return c.logits ? nn::binary_crossentropy(y, x, {.from_logits = true}) : nn::mean_squared_error(y, x);
}

// About 80% zeros, as in MNIST.
hg::Tensor random_images(std::int64_t n) {
  hg::Generator generator(1);
  const hg::Tensor x = hg::uniform({n, kPixels}, 0.0, 1.0, generator);
  return x * (x >= 0.8).to(hg::float32);
}

// The rate of a 768³ product now, GFLOP/s: the state that the machine is in.
double calibrate() {
  const hg::Tensor a = random_images(768), x = hg::slice(a, 1, {0, 768}).clone();
  std::vector<double> rates;
  for (int i = 0; i < 9; ++i) {
    const double start = seconds();
    const hg::Tensor y = hg::matmul(x, x);
    rates.push_back(2.0 * 768 * 768 * 768 / (seconds() - start) * 1e-9);
  }
  return median(rates);
}

std::int64_t page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

struct Options {
  int threads = 1, repeats = 11, warm = 12;
  double block = 0.25;  // seconds
  bool infer = false;
};

void run(const std::string& name, std::int64_t batch, const Options& options) {
  hg::set_seed(1);
  Case c = make_case(name);
  const std::int64_t batches = std::max<std::int64_t>(12800 / batch, 1);
  const hg::Tensor images = random_images(batches * batch);
  hg::optim::Adam adam({.learning_rate = 1e-3});
  std::int64_t next = 0;
  const auto step = [&] {
    const std::int64_t at = next++ % batches * batch;
    const hg::Tensor x = hg::slice(images, 0, {at, at + batch});
    if (options.infer) {
      hg::no_grad([&] { return loss_of(c, x); });
      return;
    }
    hg::backward(loss_of(c, x));
    adam.step(nn::parameters(c.net));
  };
  for (int i = 0; i < options.warm; ++i) step();
  const double rate_before = calibrate();
  double start = seconds();
  std::int64_t count = 0;
  for (; seconds() - start < 0.2; ++count) step();
  const auto per_block =
      std::max<std::int64_t>(static_cast<std::int64_t>(static_cast<double>(count) / 0.2 * options.block), 3);
  const std::int64_t faults = page_faults(), allocations = hg::memory::stats().system_allocations;
  std::vector<double> times;
  for (int r = 0; r < options.repeats; ++r) {
    start = seconds();
    for (std::int64_t i = 0; i < per_block; ++i) step();
    times.push_back((seconds() - start) / static_cast<double>(per_block));
  }
  const double steps = static_cast<double>(per_block * options.repeats);
  const double faults_per_step = static_cast<double>(page_faults() - faults) / steps;
  const double allocations_per_step =
      static_cast<double>(hg::memory::stats().system_allocations - allocations) / steps;
  const double ms = median(times) * 1e3;
  const double flops = (options.infer ? 2.0 : 6.0) * c.macs * static_cast<double>(batch);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(
      "case={} batch={} threads={} mode=hourglass{} blas={} median_ms={:.4f} min_ms={:.4f} max_ms={:.4f} "
      "images_per_s={:.0f} "
      "gflops={:.1f} calib_gflops={:.0f} faults_per_step={:.0f} allocations_per_step={:.4f} peak_rss_mb={}\n",
      name, batch, options.threads, options.infer ? "+infer" : "", hg::blas::kernels(), ms,
      *std::min_element(times.begin(), times.end()) * 1e3,
      *std::max_element(times.begin(), times.end()) * 1e3, static_cast<double>(batch) / ms * 1e3,
      flops / ms * 1e-6, 0.5 * (rate_before + calibrate()), faults_per_step, allocations_per_step,
      usage.ru_maxrss / 1024);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Training throughput of dense autoencoders"};
  std::vector<std::string> cases{"a"};
  std::vector<std::int64_t> batches{128};
  Options options;
  app.add_option("--case", cases, "a, b, ca, cb or d; a comma list")->delimiter(',');
  app.add_option("--batch", batches, "images a step; a comma list")
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads, "threads that compute")->check(CLI::PositiveNumber);
  app.add_option("--repeats", options.repeats, "blocks timed; the median counts")->check(CLI::PositiveNumber);
  app.add_option("--block", options.block, "seconds a block")->check(CLI::PositiveNumber);
  app.add_flag("--infer", options.infer, "forward only");
  CLI11_PARSE(app, argc, argv);
  hg::set_num_threads(options.threads);
  for (const std::string& name : cases) {
    for (const std::int64_t batch : batches) run(name, batch, options);
  }
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
