// How a loop becomes fast: one matrix product and one convolution, from their definitions to register tiles,
// each beside the limit of the machine; and the products of dense layers beside OpenBLAS's. float32, one
// thread unless --threads says more.
//
//   kernels --benchmark_filter='limit|product/|convolution/'    the table of tensor/kernels/README.md

#include "google.h"
#include "rates.h"

#include <hourglass/tensor/base/lanes.h>
#include <hourglass/tensor/kernels/conv/convolution.h>
#include <hourglass/tensor/kernels/conv/naive.h>
#include <hourglass/tensor/kernels/product/product.h>
#include <hourglass/tensor/ops/linalg.h>
#include <hourglass/tensor/ops/random.h>
#include <hourglass/tensor/views.h>

#include <algorithm>

namespace hg = hourglass;

namespace {

using hg::detail::Matrix;

// Multiply-adds in registers alone: the most that one thread can do.
void limit(benchmark::State& state) {
  constexpr std::int64_t kRounds = 100'000;
  for (auto _ : state) benchmark::DoNotOptimize(bench::multiply_adds(kRounds, 0.5F));
  bench::count_flops(state, bench::flops_of(kRounds));
}

struct ProductArrays {
  std::int64_t m = 128, n = 512, k = 784;
  hg::Tensor a = hg::normal({m, k}), b = hg::normal({k, n}), c = hg::normal({m, n});
  [[nodiscard]] Matrix<float> left() const { return {a.data<float>(), k, false}; }
  [[nodiscard]] Matrix<float> right() const { return {b.data<float>(), n, false}; }
};

// A row of C as a sum of rows of B: the loop over j runs along memory and becomes vector code.
void rows_of_b(std::int64_t m, std::int64_t n, std::int64_t k, const float* a, const float* b, float* c) {
  hg::detail::dispatch([=](auto /*set*/) {
    std::fill_n(c, m * n, 0.0F);
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t p = 0; p < k; ++p) {
        for (std::int64_t j = 0; j < n; ++j) c[i * n + j] += a[i * k + p] * b[p * n + j];
      }
    }
  });
}

// Four rows of C at a time, 64 columns of each in registers until they are done: B is read a quarter as
// often, C written once.
void rows_in_registers(const ProductArrays& x, float* c) {
  constexpr std::int64_t kRows = hg::detail::kFewRows;
  for (std::int64_t i = 0; i < x.m; i += kRows) {
    hg::detail::few_rows_gemm<float>(std::min(kRows, x.m - i), x.n, x.k, from(x.left(), i, 0),
                                     x.b.data<float>(), x.n, c + i * x.n, x.n);
  }
}

template <class F>
void add_product(const char* name, F f) {
  benchmark::RegisterBenchmark(name, [f](benchmark::State& state) {
    ProductArrays x;
    float* const c = x.c.mutable_data<float>();
    for (auto _ : state) {
      f(x, c);
      benchmark::ClobberMemory();
    }
    bench::count_flops(state, 2.0 * static_cast<double>(x.m * x.n * x.k));
  });
}

void add_products() {
  add_product("product/1_naive", [](const ProductArrays& x, float* c) {
    hg::detail::naive_gemm(x.m, x.n, x.k, x.left(), x.right(), c, x.n);
  });
  add_product("product/2_along_rows", [](const ProductArrays& x, float* c) {
    rows_of_b(x.m, x.n, x.k, x.a.data<float>(), x.b.data<float>(), c);
  });
  add_product("product/3_rows_in_registers", rows_in_registers);
  add_product("product/4_OpenBLAS", [](const ProductArrays& x, float* c) {
    hg::blas::gemm(x.m, x.n, x.k, x.left(), x.right(), c, x.n);
  });
  if (hg::detail::has_register_tiles()) {
    add_product("product/5_register_tiles", [](const ProductArrays& x, float* c) {
      hg::detail::packed_gemm(x.m, x.n, x.k, x.left(), x.right(), c, x.n);
    });
  }
  add_product("product/6_on_all_threads", [](const ProductArrays& x, float* c) {
    const hg::detail::Product<float> all(x.m, x.n, x.k, x.left(), x.right(), c);
    hg::parallel_for(all.tiles(), [&](std::int64_t tile) { all.compute(tile); });
  });
}

struct ConvArrays {
  hg::detail::ConvExtents extents{32, {14, 14}, 32, {3, 3}, 64, 1, 1, 1, 1, 1, 1, 1};
  hg::Tensor x = hg::normal({32, 14, 14, 32}), w = hg::normal({3, 3, 32, 64}),
             y = hg::normal({32, 14, 14, 64});
};

// Place by place and tap by tap, the innermost loop along the output's channels.
void along_channels(const hg::detail::ConvExtents& e, const float* x, const float* w, float* y) {
  hg::detail::dispatch([=](auto /*set*/) mutable {
    const hg::Extent2 out = e.output();
    for (std::int64_t n = 0; n < e.images; ++n) {
      for (std::int64_t p = 0; p < out.rows; ++p) {
        for (std::int64_t q = 0; q < out.columns; ++q, y += e.out_channels) {
          for (std::int64_t i = 0; i < e.kernel.rows; ++i) {
            for (std::int64_t j = 0; j < e.kernel.columns; ++j) {
              const std::int64_t row = p + i - e.top, column = q + j - e.left;
              if (row < 0 || row >= e.image.rows || column < 0 || column >= e.image.columns) continue;
              const float* const from =
                  x + ((n * e.image.rows + row) * e.image.columns + column) * e.in_channels;
              const float* tap = w + (i * e.kernel.columns + j) * e.in_channels * e.out_channels;
              for (std::int64_t c = 0; c < e.in_channels; ++c, tap += e.out_channels) {
                for (std::int64_t o = 0; o < e.out_channels; ++o) y[o] += from[c] * tap[o];
              }
            }
          }
        }
      }
    }
  });
}

template <class F>
void add_convolution(const char* name, F f) {
  benchmark::RegisterBenchmark(name, [f](benchmark::State& state) {
    ConvArrays a;
    float* const y = a.y.mutable_data<float>();
    for (auto _ : state) {
      f(a, y);
      benchmark::ClobberMemory();
    }
    bench::count_flops(state, 2.0 * 9.0 * static_cast<double>(a.extents.in_channels * a.y.size()));
  });
}

void convolve(const ConvArrays& a, float* y) {
  hg::detail::convolve<float>(plan_of(a.extents), a.x.data<float>(), a.w.data<float>(), nullptr,
                              hg::Epilogue::none, y);
}

void add_convolutions() {
  add_convolution("convolution/1_naive", [](const ConvArrays& a, float* y) {
    std::fill_n(y, a.y.size(), 0.0F);
    hg::detail::naive_convolve(a.extents, a.x.data<float>(), a.w.data<float>(), y);
  });
  add_convolution("convolution/2_along_channels", [](const ConvArrays& a, float* y) {
    std::fill_n(y, a.y.size(), 0.0F);
    along_channels(a.extents, a.x.data<float>(), a.w.data<float>(), y);
  });
  add_convolution("convolution/3_im2col_and_OpenBLAS", [](const ConvArrays& a, float* y) {
    const hg::detail::UseInstructions without_tiles(hg::Instructions::base);
    convolve(a, y);
  });
  if (hg::detail::has_register_tiles()) add_convolution("convolution/4_register_tiles", convolve);
}

void add_layer_product(const std::string& name, const hg::Tensor& a, const hg::Tensor& b) {
  const auto flops = 2.0 * static_cast<double>(a.size() * b.shape(1));
  benchmark::RegisterBenchmark((name + "/matmul").c_str(), [=](benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(hg::matmul(a, b).storage().bytes());
    bench::count_flops(state, flops);
  });
  benchmark::RegisterBenchmark((name + "/OpenBLAS").c_str(), [=](benchmark::State& state) {
    const auto matrix = [](const hg::Tensor& x) -> Matrix<float> {
      const bool across = x.strides()[1] != 1;
      return {x.data<float>(), x.strides()[across ? 1 : 0], across};
    };
    hg::Tensor c(hg::Shape{a.shape(0), b.shape(1)}, hg::float32);
    for (auto _ : state) {
      hg::blas::gemm(a.shape(0), b.shape(1), a.shape(1), matrix(a), matrix(b), c.mutable_data<float>(),
                     b.shape(1));
      benchmark::ClobberMemory();
    }
    bench::count_flops(state, flops);
  });
}

// The products of dense layers: forward, input gradient, kernel gradient.
void add_layers(std::int64_t batch) {
  struct Layer {
    std::int64_t in, out;
  };
  for (const auto [in, out] : {Layer{784, 64}, {64, 784}, {784, 512}, {512, 256}, {256, 20}}) {
    const hg::Tensor x = hg::normal({batch, in}), w = hg::normal({in, out}), dy = hg::normal({batch, out});
    const std::string name = "layer_" + std::to_string(in) + "x" + std::to_string(out);
    add_layer_product(name + "/forward", x, w);
    add_layer_product(name + "/input_gradient", dy, hg::transpose(w));
    add_layer_product(name + "/kernel_gradient", hg::transpose(x), dy);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  return bench::run(argc, argv, "Kernels, from their definitions to register tiles", [](std::int64_t batch) {
    benchmark::RegisterBenchmark("limit", limit);
    add_products();
    add_convolutions();
    add_layers(batch);
  });
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 2;
}
