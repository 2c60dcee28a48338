// Single ops, forward and backward, float32.
//
//   ops --threads 1 --batch 128 --benchmark_filter=conv2d

#include "google.h"

#include <hourglass/hourglass.h>

#include <fmt/format.h>

namespace hg = hourglass;

namespace {

using V = const std::vector<hg::Variable>&;

struct Suite {
  std::int64_t batch;

  /// f of the inputs, and the gradients of all of them; flops of the forward pass, 0 for none.
  template <class F>
  void op(const std::string& name, F f, const std::vector<hg::Tensor>& inputs, double flops = 0.0) const {
    benchmark::RegisterBenchmark((name + "/forward").c_str(), [=](benchmark::State& state) {
      const std::vector<hg::Variable> constants(inputs.begin(), inputs.end());
      for (auto _ : state) hg::no_grad([&] { (void)f(constants); });
      if (flops != 0.0) bench::count_flops(state, flops);
    });
    benchmark::RegisterBenchmark((name + "/backward").c_str(), [=](benchmark::State& state) {
      std::vector<hg::Variable> leaves;
      for (const hg::Tensor& x : inputs) leaves.push_back(hg::Variable::parameter(x));
      const hg::Variable y = f(leaves);
      const hg::Variable loss = hg::sum(y * hg::uniform(y.shape()));
      for (auto _ : state) (void)hg::grad(std::span(&loss, 1), leaves, {.retain_graph = true});
      if (flops != 0.0) bench::count_flops(state, 2.0 * flops);
    });
  }

  /// Something that is not differentiated.
  template <class F>
  void plain(const std::string& name, F f) const {
    benchmark::RegisterBenchmark(name.c_str(), [f](benchmark::State& state) mutable {
      for (auto _ : state) f();
    });
  }
};

void products(const Suite& s) {
  struct Product {
    std::int64_t m, k, n;
  };
  const std::int64_t b = s.batch;
  for (const auto [m, k, n] :
       {Product{1024, 1024, 1024}, {b, 784, 512}, {b, 512, 256}, {b, 784, 64}, {b, 64, 784}, {b, 256, 20}}) {
    const double flops = 2.0 * static_cast<double>(m * k * n);
    s.op(
        fmt::format("matmul_{}x{}x{}", m, k, n), [](V v) { return matmul(v[0], v[1]); },
        {hg::normal({m, k}), hg::normal({k, n})}, flops);
    if (m != b) continue;
    s.op(
        fmt::format("linear_{}x{}->{}", m, k, n), [](V v) { return affine(v[0], v[1], v[2]); },
        {hg::normal({m, k}), hg::normal({k, n}), hg::normal({n})}, flops);
  }
}

void convolutions(const Suite& s) {
  struct Conv {
    std::int64_t in, out, extent, stride;
  };
  const auto name = [&](const char* op, const Conv& c) {
    return fmt::format("{}_{}->{}_{}x{}_s{}_b{}", op, c.in, c.out, c.extent, c.extent, c.stride, s.batch);
  };
  const auto flops = [&](const Conv& c, std::int64_t places) {
    return 2.0 * 9.0 * static_cast<double>(s.batch * c.in * c.out * places * places);
  };
  for (const Conv& c : {Conv{1, 16, 28, 1},
                        {1, 32, 28, 2},
                        {16, 8, 14, 1},
                        {32, 64, 14, 2},
                        {64, 64, 28, 1},
                        {3, 64, 64, 1},
                        {16, 1, 28, 1}}) {
    const hg::Conv2DOptions o{.stride = c.stride, .padding = 1};
    s.op(
        name("conv2d", c), [o](V v) { return conv2d(v[0], v[1], v[2], o); },
        {hg::normal({s.batch, c.extent, c.extent, c.in}), hg::normal({3, 3, c.in, c.out}),
         hg::normal({c.out})},
        flops(c, c.extent / c.stride));
  }
  for (const Conv& c : {Conv{8, 8, 7, 2},
                        {8, 16, 14, 2},
                        {64, 64, 7, 2},
                        {64, 32, 14, 2},
                        {32, 1, 28, 1},
                        {64, 64, 28, 1},
                        {32, 1, 14, 2}}) {
    const hg::Conv2DOptions o{.stride = c.stride, .padding = 1};
    const hg::Extent2 image = c.extent * c.stride;
    s.op(
        name("conv_transpose2d", c),
        [o, image](V v) { return conv2d_input_grad(v[0], v[1], image, o, v[2]); },
        {hg::normal({s.batch, c.extent, c.extent, c.in}), hg::normal({3, 3, c.out, c.in}),
         hg::normal({c.out})},
        flops(c, c.extent));
  }
  s.op(fmt::format("max_pool2d_16x28x28_b{}", s.batch), [](V v) { return hg::max_pool2d(v[0]); },
       {hg::normal({s.batch, 28, 28, 16})});
  const hg::Tensor one = hg::normal({1, 256, 256, 32});
  const hg::Pool2DOptions overlapping{.window = 3, .stride = 2, .padding = hg::Padding::same};
  s.op("max_pool2d_32x256x256_b1", [](V v) { return hg::max_pool2d(v[0]); }, {one});
  s.op("max_pool2d_3x3_s2_32x256x256_b1", [=](V v) { return hg::max_pool2d(v[0], overlapping); }, {one});
  s.op("average_pool2d_32x256x256_b1", [](V v) { return hg::average_pool2d(v[0]); }, {one});
}

void elementwise(const Suite& s) {
  constexpr std::int64_t kMillion = 1 << 20;
  const hg::Tensor x = hg::normal({kMillion}), positive = hg::abs(x);
  s.op("relu_1M", [](V v) { return relu(v[0]); }, {x});
  s.op("sigmoid_1M", [](V v) { return sigmoid(v[0]); }, {x});
  s.op("tanh_1M", [](V v) { return tanh(v[0]); }, {x});
  s.op("exp_1M", [](V v) { return exp(v[0]); }, {x});
  s.op("sqrt_1M", [](V v) { return sqrt(v[0]); }, {positive});
  s.op("log1p_1M", [](V v) { return log1p(v[0]); }, {positive});
  s.op("softplus_1M", [](V v) { return softplus(v[0]); }, {x});
  s.op("add_1M", [](V v) { return v[0] + v[1]; }, {x, x.clone()});
  s.op("mul_1M", [](V v) { return v[0] * v[1]; }, {x, x.clone()});
  s.op("add_scalar_tensor1", [](V v) { return v[0] + 1.0; }, {hg::normal({1})});
  s.op(fmt::format("add_bcast_{}x784+784", s.batch), [](V v) { return v[0] + v[1]; },
       {hg::normal({s.batch, 784}), hg::normal({784})});
  const hg::Tensor square = hg::reshape(x, {1024, 1024});
  s.op("add_bcast_1024x1024+1024", [](V v) { return v[0] + v[1]; }, {square, hg::normal({1024})});
  s.plain("transpose_copy_1024x1024", [square] { (void)hg::transpose(square).clone(); });
}

void reductions(const Suite& s) {
  const hg::Tensor square = hg::normal({1024, 1024});
  s.op("sum_1M", [](V v) { return sum(v[0]); }, {square});
  s.op("mean_1M", [](V v) { return mean(v[0]); }, {square});
  s.op("sum_rows_1024x1024_dim0", [](V v) { return sum(v[0], 0); }, {square});
  s.op("sum_1024x1024_dim1", [](V v) { return sum(v[0], 1); }, {square});
  s.op("softmax_1024x1024", [](V v) { return softmax(v[0], 1); }, {square});
  s.op("softmax_1024x1024_axis0", [](V v) { return softmax(v[0], 0); }, {square});
  s.op("log_softmax_1024x1024", [](V v) { return log_softmax(v[0], 1); }, {square});
  s.op("log_softmax_1024x1024_axis0", [](V v) { return log_softmax(v[0], 0); }, {square});
  s.op("softmax_128x64x128_axis1", [](V v) { return softmax(v[0], 1); }, {hg::normal({128, 64, 128})});
  s.op("softmax_1024x256x4_axis1", [](V v) { return softmax(v[0], 1); }, {hg::normal({1024, 256, 4})});
  s.op("softmax_128x10", [](V v) { return softmax(v[0], 1); }, {hg::normal({128, 10})});
  const hg::Tensor images = hg::uniform({s.batch, 784});
  s.op(fmt::format("mse_{}x784", s.batch), [](V v) { return hg::nn::mean_squared_error(v[0], v[1]); },
       {hg::normal({s.batch, 784}), images});
  s.op(fmt::format("bce_logits_{}x784", s.batch),
       [images](V v) { return hg::nn::binary_crossentropy(v[0], images, {.from_logits = true}); },
       {hg::normal({s.batch, 784})});
}

void random_numbers_and_optimizers(const Suite& s) {
  constexpr std::int64_t kMillion = 1 << 20;
  s.plain(fmt::format("randn_{}x784", s.batch), [batch = s.batch] { (void)hg::normal({batch, 784}); });
  s.plain("randn_1M", [] { (void)hg::normal({kMillion}); });
  s.plain("rand_1M", [] { (void)hg::uniform({kMillion}); });
  std::vector<hg::NamedParameter> parameters{{"p", hg::Variable::parameter(hg::normal({kMillion}))}};
  const hg::Variable gradient = hg::normal({kMillion}) * 1e-3;
  s.plain(
      "adam_1M",
      [parameters, gradient,
       adam = std::make_shared<hg::optim::Adam>(hg::optim::AdamOptions{.learning_rate = 1e-3})]() mutable {
        parameters[0].variable.set_gradient(gradient);
        adam->step(parameters);
      });
}

}  // namespace

int main(int argc, char** argv) try {
  return bench::run(argc, argv, "Single ops, forward and backward", [](std::int64_t batch) {
    const Suite suite{batch};
    products(suite);
    convolutions(suite);
    elementwise(suite);
    reductions(suite);
    random_numbers_and_optimizers(suite);
  });
} catch (const std::exception& error) {
  fmt::print(stderr, "{}\n", error.what());
  return 2;
}
