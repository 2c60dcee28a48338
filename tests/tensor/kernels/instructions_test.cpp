// What the sets of instructions that this processor has make of the same numbers: docs/same_bits.md.

#include <hourglass/tensor/base/processor.h>
#include <hourglass/tensor/kernels/product/tile.h>
#include <hourglass/tensor/ops/activation.h>
#include <hourglass/tensor/ops/conv.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/loss.h>
#include <hourglass/tensor/ops/lstm.h>
#include <hourglass/tensor/ops/normalize.h>
#include <hourglass/tensor/ops/pool.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/ops/softmax.h>
#include <hourglass/tensor/views.h>

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace hourglass {
namespace {

struct Computed {
  std::string what;
  Tensor value;
};

void add_products(Generator& g, std::vector<Computed>& out) {
  for (const std::int64_t rows : {1, 3, 4, 7, 33, 128}) {
    for (const std::int64_t columns : {1, 9, 20, 64, 150}) {
      const Tensor a = normal({rows, 300}, 0.0, 1.0, g), b = normal({300, columns}, 0.0, 1.0, g);
      const std::string size = std::to_string(rows) + " x " + std::to_string(columns);
      out.push_back({"product " + size, matmul(a, b)});
      out.push_back({"product across " + size, matmul(a, transpose(transpose(b).clone()))});
      out.push_back({"product of columns " + size, matmul(transpose(transpose(a).clone()), b)});
    }
  }
}

void add_convolutions(Generator& g, std::vector<Computed>& out) {
  for (const auto& [in, filters] : {std::pair{1, 16}, {3, 5}, {16, 33}, {6, 1}, {64, 48}}) {
    for (const std::int64_t stride : {1, 2}) {
      const Conv2DOptions options{.stride = stride, .padding = 1};
      const Tensor x = normal({3, 12, 11, in}, 0.0, 1.0, g), w = normal({3, 3, in, filters}, 0.0, 0.2, g),
                   bias = normal({filters}, 0.0, 1.0, g);
      const std::string size = std::to_string(in) + " to " + std::to_string(filters);
      const Tensor y = conv2d(x, w, &bias, options, Epilogue::sigmoid), dy = normal(y.shape(), 0.0, 1.0, g);
      const ConvGradients gradients = conv2d_gradients(dy, y, x, w, options, Epilogue::sigmoid, true);
      out.push_back({"convolution " + size, y});
      out.push_back({"its input's gradient " + size, gradients.input});
      out.push_back({"its kernel's gradient " + size, gradients.kernel});
      out.push_back({"its bias's gradient " + size, gradients.bias});
    }
  }
}

void add_loops(Generator& g, std::vector<Computed>& out) {
  const Tensor x = normal({37, 101}, 0.0, 2.0, g), y = normal({37, 101}, 0.0, 2.0, g);
  out.push_back({"normal", x});
  out.push_back({"exp", exp(x)});
  out.push_back({"tanh", tanh(x)});
  out.push_back({"sigmoid", sigmoid(x)});
  out.push_back({"softplus", softplus(x)});
  out.push_back({"x y + x", x * y + x});
  out.push_back({"mean squared error", mse(x, y)});
  for (const int axis : {0, 1}) {
    out.push_back({"sum", sum(x, axis)});
    out.push_back({"softmax", softmax(x, axis)});
    out.push_back({"standardize", standardize(x, {axis}, 1e-3)});
  }
  out.push_back({"layer_norm", layer_norm(x, nullptr, nullptr, 1e-3).y});
  const Tensor images = normal({2, 9, 8, 5}, 0.0, 1.0, g);
  out.push_back({"max_pool2d", max_pool2d(images)});
  const Tensor u = normal({20, 80}, 0.0, 0.2, g), h = lstm(normal({6, 33, 80}, 0.0, 1.0, g), u).h;
  out.push_back({"lstm", h});
}

std::vector<Computed> computed_with(Instructions set) {
  const detail::UseInstructions use(set);
  Generator g(5);
  std::vector<Computed> out;
  add_products(g, out);
  add_convolutions(g, out);
  add_loops(g, out);
  return out;
}

TEST(Instructions, WithFusedMultiplyAddGiveTheSameBits) {
  const std::vector<Instructions> sets = processor_instructions();
  if (sets.size() < 3) GTEST_SKIP() << "one set at most has fused multiply-add here";
  const std::vector<Computed> avx2 = computed_with(Instructions::avx2), avx512 = computed_with(sets.back());
  for (std::size_t i = 0; i < avx2.size(); ++i) {
    const Tensor a = avx2[i].value.contiguous(), b = avx512[i].value.contiguous();
    ASSERT_EQ(a.shape(), b.shape());
    EXPECT_EQ(std::memcmp(a.data<float>(), b.data<float>(), static_cast<std::size_t>(a.size()) * 4), 0)
        << avx2[i].what;
  }
}

TEST(Instructions, DifferBy1e5OfTheLargestElementAtMost) {
  const std::vector<Computed> best = computed_with(processor_instructions().back());
  const std::vector<Computed> base = computed_with(Instructions::base);
  for (std::size_t i = 0; i < base.size(); ++i) {
    const Tensor a = base[i].value.to(float64), b = best[i].value.to(float64);
    EXPECT_LE(max(abs(a - b)).item(), 1e-5 * max(abs(b)).item()) << base[i].what;
  }
}

}  // namespace
}  // namespace hourglass
