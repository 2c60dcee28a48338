// Matrix products of the shapes that dense layers have: forward, input gradient, kernel gradient.
//
//   gemm --threads 2
//
// One line a product:  product=forward m=128 n=64 k=784 threads=2 us=… gflops=… openblas_1_thread_gflops=…

#include "timing.h"

#include <hourglass/tensor/base/threads.h>
#include <hourglass/tensor/kernels/product/blas.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace hg = hourglass;

namespace {

hg::detail::Matrix<float> as_matrix(const hg::Tensor& x) {
  const bool transposed = x.strides()[1] != 1;
  return {x.data<float>(), x.strides()[transposed ? 1 : 0], transposed};
}

void measure(const char* product, const hg::Tensor& a, const hg::Tensor& b) {
  const std::int64_t m = a.shape(0), k = a.shape(1), n = b.shape(1);
  const double gflop = 2e-9 * static_cast<double>(m * n * k);
  const bench::Timing ours = bench::time_of([&] { (void)hg::matmul(a, b); });
  hg::Tensor c = hg::zeros({m, n});
  float* const to = c.mutable_data<float>();
  const bench::Timing bare =
      bench::time_of([&] { hg::blas::gemm(m, n, k, as_matrix(a), as_matrix(b), to, n); });
  fmt::print("product={} m={} n={} k={} threads={} us={:.1f} gflops={:.1f} openblas_1_thread_gflops={:.1f}\n",
             product, m, n, k, hg::num_threads(), ours.median * 1e6, gflop / ours.median,
             gflop / bare.median);
}

void layer(std::int64_t batch, std::int64_t in, std::int64_t out) {
  const hg::Tensor x = hg::normal({batch, in}), w = hg::normal({in, out}), dy = hg::normal({batch, out});
  measure("forward", x, w);
  measure("input_gradient", dy, hg::transpose(w));
  measure("kernel_gradient", hg::transpose(x), dy);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Matrix products of the shapes of dense layers"};
  int threads = 1;
  std::vector<std::int64_t> batches{32, 128, 256};
  app.add_option("--threads", threads, "threads that compute")->check(CLI::PositiveNumber);
  app.add_option("--batch", batches, "a comma list")->delimiter(',')->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  hg::set_num_threads(threads);
  for (const std::int64_t batch : batches) {
    layer(batch, 784, 64);
    layer(batch, 64, 784);
    layer(batch, 784, 512);
    layer(batch, 512, 256);
    layer(batch, 256, 20);
  }
  measure("square", hg::normal({2048, 2048}), hg::normal({2048, 2048}));
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
