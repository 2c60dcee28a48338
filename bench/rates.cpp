// How much of the processor the kernels use: their rates as fractions of the multiply-add limit (a loop in
// registers), which is measured in turns with each of them. float32; products of dense layers and the
// convolutions of the cases f1 and f2 (cases.h). Prints a table in Markdown.
//
//   HOURGLASS_INSTRUCTIONS=avx2 rates --threads 2

#include "rates.h"

#include "timing.h"

#include <hourglass/tensor/kernels/conv/convolution.h>
#include <hourglass/tensor/kernels/product/product.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace hg = hourglass;

namespace {

using hg::detail::ConvExtents;
using hg::detail::Matrix;

struct Options {
  int threads = 1, rounds = 15;
};

// Seconds a call: the least of several rounds, as nothing makes a kernel faster than it is.
double least(const std::function<void()>& f) { return bench::time_of(f, 3, 0.004).least; }

// The fraction of the limit that f reaches, both in turns.
double fraction(const Options& o, double flops, const std::function<void()>& f) {
  constexpr std::int64_t kRounds = 20'000;
  const auto limit = [&] {
    hg::parallel_for(o.threads, [](std::int64_t) {
      volatile float kept = bench::multiply_adds(kRounds, 0.5F);
      (void)kept;
    });
  };
  double of_limit = 1e30, of_f = 1e30;
  for (int r = 0; r < o.rounds; ++r) {
    of_limit = std::min(of_limit, least(limit));
    of_f = std::min(of_f, least(f));
  }
  return flops / of_f / (bench::flops_of(kRounds) * o.threads / of_limit);
}

Matrix<float> matrix(const hg::Tensor& x) {
  const bool across = x.strides()[1] != 1;
  return {x.data<float>(), x.strides()[across ? 1 : 0], across};
}

double of_product(const Options& o, const hg::Tensor& a, const hg::Tensor& b) {
  const std::int64_t m = a.shape(0), n = b.shape(1), k = a.shape(1);
  hg::Tensor c(hg::Shape{m, n}, hg::float32);
  const hg::detail::Product<float> product(m, n, k, matrix(a), matrix(b), c.mutable_data<float>());
  return fraction(o, 2.0 * static_cast<double>(m * n * k), [&] {
    hg::parallel_for(product.tiles(), [&](std::int64_t tile) { product.compute(tile); });
  });
}

// Forward, gradient of the input, gradient of the kernel.
void print_products(const Options& o) {
  for (const std::int64_t rows : {32, 128, 256}) {
    for (const auto& [in, out] :
         {std::pair{784, 64}, {64, 784}, {784, 512}, {512, 256}, {256, 20}, {784, 1024}}) {
      const hg::Tensor x = hg::normal({rows, in}), w = hg::normal({in, out}), dy = hg::normal({rows, out});
      fmt::print("| dense {} to {}, {} rows | {:.2f} | {:.2f} | {:.2f} |\n", in, out, rows,
                 of_product(o, x, w), of_product(o, dy, hg::transpose(w)),
                 of_product(o, hg::transpose(x), dy));
    }
  }
}

void print_convolution(const Options& o, const std::string& name, std::int64_t pixels, std::int64_t in,
                       std::int64_t out, std::int64_t stride) {
  const std::int64_t before =
      stride == 1 ? 1 : 0;  // "same": with a stride of 2 one row after the image suffices
  const ConvExtents e{.images = 128,
                      .image = {pixels, pixels},
                      .in_channels = in,
                      .kernel = {3, 3},
                      .out_channels = out,
                      .groups = 1,
                      .stride = {stride, stride},
                      .dilation = {1, 1},
                      .top = before,
                      .bottom = 1,
                      .left = before,
                      .right = 1};
  const hg::detail::ConvPlan plan = plan_of(e);
  const hg::Extent2 to = e.output();
  hg::Tensor x = hg::normal({e.images, pixels, pixels, in}), w = hg::normal({3, 3, in, out}),
             y = hg::normal({e.images, to.rows, to.columns, out});
  const double flops = 2.0 * 9 * static_cast<double>(in * y.size());
  const auto p = [](hg::Tensor& t) { return t.mutable_data<float>(); };
  const auto f = hg::Epilogue::none;
  const float* const none = nullptr;
  fmt::print("| {}: {} to {} channels, {} x {} pixels, stride {} | {:.2f} | {:.2f} | {:.2f} |\n", name, in,
             out, pixels, pixels, stride,
             fraction(o, flops, [&] { hg::detail::convolve(plan, p(x), p(w), none, f, p(y)); }),
             fraction(o, flops, [&] { hg::detail::convolve_input_grad(plan, p(y), p(w), none, f, p(x)); }),
             fraction(o, flops, [&] { hg::detail::convolve_kernel_grad(plan, p(x), p(y), p(w)); }));
}

// A transposed convolution is the input gradient of one that goes the other way, so it stands here as that.
void print_convolutions(const Options& o) {
  print_convolution(o, "f1", 28, 1, 16, 1);
  print_convolution(o, "f1", 14, 16, 8, 1);
  print_convolution(o, "f1", 14, 8, 8, 2);
  print_convolution(o, "f1", 28, 16, 8, 2);
  print_convolution(o, "f1", 28, 16, 1, 1);
  print_convolution(o, "f2", 28, 1, 32, 2);
  print_convolution(o, "f2", 14, 32, 64, 2);
  print_convolution(o, "f2", 14, 64, 64, 2);
  print_convolution(o, "f2", 28, 32, 1, 1);
  print_convolution(o, "3 x 3", 14, 32, 32, 1);
  print_convolution(o, "3 x 3", 28, 64, 64, 1);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Rates of products and convolutions as fractions of the multiply-add limit"};
  Options options;
  app.add_option("--threads", options.threads, "threads that compute")->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "rounds; the best counts")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  hg::set_num_threads(options.threads);
  fmt::print("| {}, {} thread{} | forward | input gradient | kernel gradient |\n| --- | --- | --- | --- |\n",
             hg::name(hg::instructions()), options.threads, options.threads == 1 ? "" : "s");
  print_products(options);
  print_convolutions(options);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
