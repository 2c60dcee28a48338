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
//   e   variational 784-400-(20, 20)-400-784, negative ELBO
//   f1  conv 16 - pool - conv 8 - pool - transposed 8 s2 - transposed 16 s2 - conv 1 sigmoid, MSE
//   f2  conv 32 s2 - conv 64 s2 - dense 16 - dense 3136 - transposed 64 s2 - 32 s2 - 1, BCE on logits
//   f2v f2 as a variational autoencoder with 16 latents

#include "timing.h"

#include <hourglass/hourglass.h>
#include <hourglass/tensor/blas.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <sys/resource.h>
#include <algorithm>
#include <functional>
#include <memory>

namespace hg = hourglass;
namespace nn = hourglass::nn;
namespace ae = hourglass::autoencoders;

namespace {

constexpr std::int64_t kPixels = 784;

using bench::median;
using bench::seconds;

using Loss = std::function<hg::Variable(const hg::Tensor&)>;

struct Case {
  std::shared_ptr<nn::Module> model;
  Loss loss;    // of a batch (N, 784)
  double macs;  // multiply-adds of the forward pass, per image
};

nn::Dense relu_layer(std::int64_t in, std::int64_t out) { return {in, out, {.activation = hg::relu}}; }

// a layer's output multiplied by its kernel: positions · kernel places · channels in · channels out
double conv_macs(double positions, double in, double out) { return positions * 9 * in * out; }

Case dense_case(double noise, bool deep) {
  auto net = std::make_shared<nn::Sequential>();
  const std::vector<std::int64_t> widths =
      deep ? std::vector<std::int64_t>{kPixels, 512, 256, 32, 256, 512, kPixels}
           : std::vector<std::int64_t>{kPixels, 64, kPixels};
  double macs = 0.0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    const bool last = i + 2 == widths.size();
    const nn::Activation f = !last  ? nn::Activation(hg::relu)
                             : deep ? nn::Activation()
                                    : nn::Activation(hg::sigmoid);
    net->add(nn::Dense(widths[i], widths[i + 1], {.activation = f}));
    macs += static_cast<double>(widths[i] * widths[i + 1]);
  }
  const auto loss = [net, noise, deep](const hg::Tensor& x) {
    const hg::Tensor seen = noise == 0.0 ? x : hg::clip(x + hg::normal(x.shape(), 0.0, noise), 0.0, 1.0);
    const hg::Variable y = (*net)(seen);
    return deep ? nn::binary_crossentropy(y, x, {.from_logits = true}) : nn::mean_squared_error(y, x);
  };
  return {net, loss, macs};
}

Case sparse_case() {
  const auto net = std::make_shared<nn::Sequential>(relu_layer(kPixels, 1024),
                                                    nn::Dense(1024, kPixels, {.activation = hg::sigmoid}));
  const auto loss = [net](const hg::Tensor& x) {
    const hg::Variable h = (*net)[0](x);
    return nn::mean_squared_error((*net)[1](h), x) + 1e-4 * hg::mean(hg::abs(h));
  };
  return {net, loss, 2.0 * 784 * 1024};
}

// An autoencoder of the library with its own loss.
template <class Model>
Case library_case(Model model, double macs) {
  const auto owned = std::make_shared<Model>(std::move(model));
  return {owned, [owned](const hg::Tensor& x) -> hg::Variable { return owned->loss(x); }, macs};
}

Case pooled_case() {
  constexpr hg::Padding same = hg::Padding::same;
  const auto conv = [&](std::int64_t in, std::int64_t out) {
    return nn::Conv2D(in, out, {.padding = same, .activation = hg::relu});
  };
  const auto transposed = [&](std::int64_t in, std::int64_t out) {
    return nn::ConvTranspose2D(in, out, {.stride = 2, .padding = same, .activation = hg::relu});
  };
  ae::Halves halves{
      nn::Sequential{nn::Reshape({28, 28, 1}), conv(1, 16), nn::MaxPool2D(), conv(16, 8), nn::MaxPool2D()},
      nn::Sequential{transposed(8, 8), transposed(8, 16),
                     nn::Conv2D(16, 1, {.padding = same, .activation = hg::sigmoid}), nn::Flatten()}};
  return library_case(ae::ConvolutionalAutoencoder(std::move(halves), ae::ReconstructionLoss::mse),
                      conv_macs(784, 1, 16) + conv_macs(196, 16, 8) + conv_macs(49, 8, 8) +
                          conv_macs(196, 8, 16) + conv_macs(784, 16, 1));
}

Case strided_case(bool variational) {
  const double macs = conv_macs(196, 1, 32) + conv_macs(49, 32, 64) + 3136.0 * 16 * (variational ? 3 : 2) +
                      conv_macs(49, 64, 64) + conv_macs(196, 64, 32) + conv_macs(784, 32, 1);
  if (variational) return library_case(ae::convolutional_variational({.latent = 16}), macs);
  return library_case(
      ae::ConvolutionalAutoencoder({.architecture = ae::ConvolutionalOptions::Architecture::strided}), macs);
}

Case make_case(const std::string& name) {
  constexpr double kNoise = 0.3;
  if (name == "a" || name == "ca") return dense_case(name == "a" ? 0.0 : kNoise, false);
  if (name == "b" || name == "cb") return dense_case(name == "b" ? 0.0 : kNoise, true);
  if (name == "d") return sparse_case();
  if (name == "e") return library_case(ae::dense_variational(), 784.0 * 400 * 2 + 400 * 40 + 20 * 400);
  if (name == "f1") return pooled_case();
  if (name == "f2" || name == "f2v") return strided_case(name == "f2v");
  throw hg::DataError("train_step: no case \"{}\"; the cases are a, b, ca, cb, d, e, f1, f2 and f2v", name);
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
  const Case c = make_case(name);
  const std::int64_t batches = std::max<std::int64_t>(12800 / batch, 1);
  const hg::Tensor images = random_images(batches * batch);
  hg::optim::Adam adam({.learning_rate = 1e-3});
  std::int64_t next = 0;
  const auto step = [&] {
    const std::int64_t at = next++ % batches * batch;
    const hg::Tensor x = hg::slice(images, 0, {at, at + batch});
    if (options.infer) {
      hg::no_grad([&] { return c.loss(x); });
      return;
    }
    hg::backward(c.loss(x));
    adam.step(nn::parameters(*c.model));
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
  CLI::App app{"Training throughput of autoencoders"};
  std::vector<std::string> cases{"a"};
  std::vector<std::int64_t> batches{128};
  Options options;
  app.add_option("--case", cases, "a, b, ca, cb, d, e, f1, f2, f2v; a comma list")->delimiter(',');
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
