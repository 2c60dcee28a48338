// The ways to compute a product or a convolution, against each other and against their definitions, in
// float32 on one machine.

#include "support/conv_definition.h"

#include <hourglass/tensor/base/processor.h>
#include <hourglass/tensor/kernels/conv/engine.h>
#include <hourglass/tensor/kernels/product/product.h>
#include <hourglass/tensor/ops/conv.h>
#include <hourglass/tensor/ops/elementwise.h>
#include <hourglass/tensor/ops/factory.h>
#include <hourglass/tensor/ops/internal/conv_extents.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/ops/reduce.h>
#include <hourglass/tensor/views.h>

#include <gtest/gtest.h>

#include <cstdlib>

namespace hourglass {
namespace {

using detail::ConvEngine;
using detail::Matrix;

constexpr double kClose = 2e-5;  // relative to the largest element; sums of up to 1,000 terms

double distance(const Tensor& a, const Tensor& b) {
  EXPECT_EQ(a.shape(), b.shape());
  if (a.size() == 0) return 0.0;
  const Tensor x = a.to(float64), y = b.to(float64);
  return max(abs(x - y)).item() / std::max(max(abs(y)).item(), 1e-30);
}

struct ProductCase {
  std::int64_t m, n, k;
  bool a_across, b_across, accumulate;
};

TEST(Engines, ProductsAgree) {
  Generator g(1);
  const std::vector<ProductCase> cases{
      {1, 1, 1, false, false, false},     {1, 100, 33, false, false, false},
      {4, 64, 784, false, false, false},  {6, 64, 128, false, false, false},
      {7, 65, 129, false, true, false},   {12, 16, 300, true, false, true},
      {33, 100, 50, true, true, false},   {128, 20, 256, false, false, true},
      {600, 70, 40, false, false, false}, {31, 256, 17, true, false, false},
      {5, 3, 0, false, false, false},     {5, 3, 0, false, false, true},
  };
  for (const ProductCase& p : cases) {
    const Tensor a = normal({p.m, p.k}, 0.0, 1.0, g), b = normal({p.k, p.n}, 0.0, 1.0, g),
                 before = normal({p.m, p.n}, 0.0, 1.0, g);
    const Tensor a_kept = p.a_across ? transpose(a).clone() : a,
                 b_kept = p.b_across ? transpose(b).clone() : b;
    const Matrix<float> of_a{a_kept.data<float>(), std::max<std::int64_t>(a_kept.shape(1), 1), p.a_across};
    const Matrix<float> of_b{b_kept.data<float>(), std::max<std::int64_t>(b_kept.shape(1), 1), p.b_across};
    const auto by = [&](auto gemm) {
      Tensor c = before.clone();
      gemm(p.m, p.n, p.k, of_a, of_b, c.mutable_data<float>(), p.n, p.accumulate);
      return c;
    };
    SCOPED_TRACE(::testing::Message()
                 << p.m << " x " << p.n << " x " << p.k << (p.a_across ? ", A across" : "")
                 << (p.b_across ? ", B across" : "") << (p.accumulate ? ", added" : ""));
    const Tensor naive = by([](auto... x) { detail::naive_gemm<float>(x...); });
    const Tensor chosen = by([](auto... x) { detail::gemm<float>(x...); });
    EXPECT_LE(distance(chosen, naive), kClose);
    if (p.k == 0) continue;
    EXPECT_LE(distance(by([](auto... x) { blas::gemm(x...); }), naive), kClose);
    if (!detail::has_register_tiles()) continue;
    EXPECT_LE(distance(by([](auto... x) { detail::packed_gemm(x...); }), naive), kClose);
    if (p.m > detail::kFewRows || p.accumulate || p.b_across) continue;
    EXPECT_LE(distance(by([](auto m, auto n, auto k, auto x, auto y, auto c, auto stride, bool) {
                         detail::few_rows_gemm<float>(m, n, k, x, y.data, y.stride, c, stride);
                       }),
                       naive),
              kClose);
  }
}

struct ConvCase {
  Shape x, w;
  Conv2DOptions options;
  ConvEngine engine;  // where there are register tiles
};

std::vector<ConvCase> conv_cases() {
  const auto tiles = ConvEngine::tiles, patches = ConvEngine::patches, gathered = ConvEngine::gathered;
  return {
      {{2, 9, 8, 3}, {3, 3, 3, 5}, {.padding = 1}, tiles},
      {{3, 28, 28, 1}, {3, 3, 1, 16}, {.padding = 1}, tiles},
      {{2, 14, 14, 16}, {3, 3, 16, 33}, {.stride = 2, .padding = {0, 1, 0, 1}}, tiles},
      {{1, 6, 31, 32}, {1, 1, 32, 40}, {.padding = 0}, tiles},
      {{2, 7, 7, 4}, {5, 3, 4, 2}, {.stride = {1, 3}, .padding = 2}, tiles},
      {{2, 12, 11, 6}, {3, 3, 6, 1}, {.padding = 1}, gathered},
      {{2, 12, 11, 6}, {3, 3, 6, 1}, {.stride = 2, .padding = 1}, gathered},
      {{1, 12, 12, 2}, {7, 7, 2, 1}, {.padding = 3}, patches},
      {{2, 12, 12, 3}, {3, 3, 3, 4}, {.padding = 2, .dilation = 2}, patches},
      {{2, 8, 8, 6}, {3, 3, 2, 9}, {.padding = 1, .groups = 3}, patches},
      {{2, 8, 8, 6}, {3, 3, 1, 6}, {.padding = 1, .groups = 6}, patches},
  };
}

// All three faces.
std::vector<Tensor> faces(const ConvCase& c, const Tensor& x, const Tensor& w, const Tensor& y) {
  return {conv2d(x, w, nullptr, c.options), conv2d_input_grad(y, w, {c.x[1], c.x[2]}, c.options),
          conv2d_kernel_grad(x, y, {c.w[0], c.w[1]}, c.options)};
}

TEST(Engines, ConvolutionsAgree) {
  Generator g(2);
  for (const ConvCase& c : conv_cases()) {
    SCOPED_TRACE(::testing::Message() << c.x.str() << " * " << c.w.str());
    const Tensor x = normal(c.x, 0.0, 1.0, g), w = normal(c.w, 0.0, 1.0, g);
    const Tensor y = normal(conv2d(x, w, nullptr, c.options).shape(), 0.0, 1.0, g);
    const std::vector<Tensor> defined{
        testing::conv2d_by_definition(x, w, c.options),
        testing::conv2d_input_grad_by_definition(y, w, {c.x[1], c.x[2]}, c.options),
        testing::conv2d_kernel_grad_by_definition(x, y, {c.w[0], c.w[1]}, c.options)};
    const detail::ConvPlan plan = plan_of(detail::checked_extents("conv2d", c.x, c.w, c.options));
    EXPECT_EQ(detail::engine_of<double>(plan), ConvEngine::patches);
    EXPECT_EQ(detail::engine_of<float>(plan), detail::has_register_tiles() ? c.engine : ConvEngine::patches);
    const std::vector<Tensor> chosen = faces(c, x, w, y);
    const detail::UseInstructions without_tiles(Instructions::base);
    EXPECT_EQ(detail::engine_of<float>(plan), ConvEngine::patches);
    const std::vector<Tensor> by_patches = faces(c, x, w, y);
    for (std::size_t i = 0; i < defined.size(); ++i) {
      EXPECT_LE(distance(chosen[i], defined[i]), kClose) << "face " << i;
      EXPECT_LE(distance(by_patches[i], defined[i]), kClose) << "face " << i;
    }
  }
}

TEST(Engines, GradientsOfAConvolutionAgree) {
  Generator g(3);
  for (const Epilogue f : {Epilogue::none, Epilogue::relu, Epilogue::sigmoid, Epilogue::tanh}) {
    for (const ConvCase& c : conv_cases()) {
      SCOPED_TRACE(::testing::Message() << c.x.str() << " * " << c.w.str());
      const Tensor x = normal(c.x, 0.0, 1.0, g), w = normal(c.w, 0.0, 0.2, g);
      const Tensor y = conv2d(x, w, nullptr, c.options, f), dy = normal(y.shape(), 0.0, 1.0, g);
      const Extent2 image{c.x[1], c.x[2]};
      const Tensor up = conv2d_input_grad(y, w, image, c.options, nullptr, f),
                   d_up = normal(up.shape(), 0.0, 1.0, g);
      const auto all = [&] {
        const ConvGradients a = conv2d_gradients(dy, y, x, w, c.options, f, true);
        const ConvGradients b = conv2d_input_grad_gradients(d_up, up, y, w, c.options, f, true);
        return std::vector<Tensor>{a.input, a.kernel, a.bias, b.input, b.kernel, b.bias};
      };
      const std::vector<Tensor> chosen = all();
      const detail::UseInstructions without_tiles(Instructions::base);
      const std::vector<Tensor> by_patches = all();
      for (std::size_t i = 0; i < chosen.size(); ++i)
        EXPECT_LE(distance(chosen[i], by_patches[i]), kClose) << i;
    }
  }
}

TEST(Processor, TakesTheSetThatTheEnvironmentNames) {
  const char* const told = std::getenv("HOURGLASS_INSTRUCTIONS");
  const std::vector<Instructions> sets = processor_instructions();
  EXPECT_EQ(name(instructions()), told ? told : name(sets.back()));
  EXPECT_EQ(sets.front(), Instructions::base);
  const Instructions before = instructions();
  {
    const detail::UseInstructions base(Instructions::base);
    EXPECT_EQ(instructions(), Instructions::base);
    EXPECT_FALSE(detail::has_register_tiles());
  }
  EXPECT_EQ(instructions(), before);
}

}  // namespace
}  // namespace hourglass
