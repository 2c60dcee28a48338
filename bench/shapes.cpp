// A step of training for shapes beside the named cases, as shapes_torch.py does in PyTorch: shapes.py runs
// both.
//
//   shapes --threads 1          a line a shape: shape=dense_33 batch=7 … images_per_s=…
//
// dense_W: W - W(relu) - W, MSE.  image_SxK: S x S x 3 through K x K kernels, 16(relu) - 16(relu), stride 2 -
// transposed 16(relu), stride 2 - 3, MSE. Adam, float32.

#include "timing.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

namespace hg = hourglass;
namespace nn = hourglass::nn;

namespace {

struct Options {
  int threads = 1, repeats = 5;
  double block = 0.02;  // seconds
};

void measure(const Options& o, const std::string& shape, nn::Sequential net, const hg::Tensor& x) {
  hg::optim::Adam adam({.learning_rate = 1e-3});
  const auto step = [&] { adam.minimize(nn::mean_squared_error(net(x), x), nn::parameters(net)); };
  const double seconds = bench::time_of(step, o.repeats, o.block).median;
  fmt::print("shape={} batch={} threads={} instructions={} median_ms={:.4f} images_per_s={:.1f}\n", shape,
             x.shape(0), o.threads, hg::name(hg::instructions()), seconds * 1e3,
             static_cast<double>(x.shape(0)) / seconds);
}

nn::Sequential dense(std::int64_t width) {
  return nn::Sequential{nn::Dense(width, width, {.activation = hg::relu}), nn::Dense(width, width)};
}

nn::Sequential convolutional(std::int64_t kernel) {
  constexpr hg::Padding same = hg::Padding::same;
  const hg::Extent2 size{kernel, kernel};
  return nn::Sequential{
      nn::Conv2D(3, 16, {.kernel = size, .padding = same, .activation = hg::relu}),
      nn::Conv2D(16, 16, {.kernel = size, .stride = 2, .padding = same, .activation = hg::relu}),
      nn::ConvTranspose2D(16, 16, {.kernel = size, .stride = 2, .padding = same, .activation = hg::relu}),
      nn::Conv2D(16, 3, {.kernel = size, .padding = same})};
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{"Training throughput for shapes beside the named cases"};
  Options options;
  app.add_option("--threads", options.threads, "threads that compute")->check(CLI::PositiveNumber);
  app.add_option("--repeats", options.repeats, "blocks timed; the median counts")->check(CLI::PositiveNumber);
  app.add_option("--block", options.block, "seconds a block")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  hg::set_num_threads(options.threads);
  hg::set_seed(1);
  for (const std::int64_t width : {10, 33, 100, 500, 1000}) {
    for (const std::int64_t batch : {1, 7, 50, 200, 1000})
      measure(options, fmt::format("dense_{}", width), dense(width), hg::uniform({batch, width}));
  }
  for (const std::int64_t size : {32, 64}) {
    for (const std::int64_t kernel : {3, 5}) {
      for (const std::int64_t batch : {1, 7, 50})
        measure(options, fmt::format("image_{}x{}", size, kernel), convolutional(kernel),
                hg::uniform({batch, size, size, 3}));
    }
  }
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
